"""The journal through a configuration: what people would have got, by the very bridge that tells them.

Everything runs in a database that is gone afterwards, on a clock that jumps from one event to the next.
"""
