"""How a file becomes the bridge's settings; ``loader`` reads, ``settings`` holds, ``diagnostics`` explains.

Nothing is re-exported: who only needs the values must not pay for pydantic.
"""
