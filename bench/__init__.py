"""Measures the installed bridge as users run it: ``python -m bench``, from the top of a checkout.

It owns processes, clocks and tables; it refuses to import anything of the bridge, so that it cannot help it.
"""
