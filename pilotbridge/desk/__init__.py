"""The operator's desk: what a person may have done, and how facts are shown, the same by API and by command.

``desk`` has the verbs, ``verbs`` the one table of them, ``shown`` the facts. It joins flows for people and
decides nothing itself; who may do it was decided at the door. Nothing is re-exported: a command that only
shows must not pay for the flows.
"""
