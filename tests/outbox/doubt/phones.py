"""Two phones."""

from pilotbridge.phone import PhoneNumber

ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")
