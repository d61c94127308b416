"""Very many incidents at once: a person gets one SMS for all, one more now and then, and one at the end."""
