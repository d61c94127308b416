"""The plugins PilotBridge ships, each on its own: they use what a stranger's plugin may use, and no more."""
