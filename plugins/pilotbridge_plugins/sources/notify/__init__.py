"""What `pilotbridge notify` posts for senders that only start a command: Nagios, Icinga, Monit, scripts."""
