"""The pytest plugin: fixtures for tests of routing plugins."""
