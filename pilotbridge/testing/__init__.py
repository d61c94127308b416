"""For people who write plugins: the bridge in miniature, as a pytest fixture."""
