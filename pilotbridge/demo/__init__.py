"""A bridge and a gateway on this machine, to see it work: ``ground`` sets them up, ``story`` plays a page."""
