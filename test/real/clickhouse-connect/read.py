"""Reads one service's telemetry as a notebook does; prints what it understood as one line of JSON."""

import json
import sys
from urllib.parse import urlparse

import clickhouse_connect

endpoint = urlparse(sys.argv[1])
client = clickhouse_connect.get_client(host=endpoint.hostname, port=endpoint.port)
parameters = {"service": sys.argv[2]}

spans = client.query(
    """SELECT TraceId, SpanName, Timestamp, Duration, SpanAttributes, Events.Name
    FROM otel_traces WHERE ServiceName = {service:String} ORDER BY SpanId""",
    parameters=parameters,
)
logs = client.query("SELECT Body, SeverityNumber FROM otel_logs WHERE ServiceName = {service:String}", parameters)
points = client.query(
    "SELECT MetricName, Value FROM otel_metrics_gauge WHERE ServiceName = {service:String}", parameters=parameters
)
first = dict(zip(spans.column_names, spans.result_rows[0]))
print(
    json.dumps(
        {
            "spans": len(spans.result_rows),
            "name": first["SpanName"],
            "year": first["Timestamp"].year,
            "attributes": first["SpanAttributes"],
            "events": list(first["Events.Name"]),
            "logs": [list(row) for row in logs.result_rows],
            "points": [list(row) for row in points.result_rows],
            "tables": sorted(row[0] for row in client.query("SHOW TABLES").result_rows if row[0] == "otel_traces"),
        }
    )
)
