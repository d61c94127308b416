"""An Alertmanager's configuration, read and written anew as ours.

It carries what means the same here and says of everything else what to do instead; it copies no secret.
"""
