"""``/api/v2``: Alertmanager's API, for Prometheus, amtool and Grafana.

It owns that API's shapes; what a silence, a route or an inhibition means is alerting's, and the body that
Prometheus posts is a source's. Facts: ``api/v2/openapi.yaml`` and ``api/v2/api.go`` of 0.28.
"""
