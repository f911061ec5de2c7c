// Reads one service's telemetry over HTTP, by the driver's own interface and by database/sql; prints what it understood
// as one line of JSON.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

type found struct {
	Spans      int               `json:"spans"`
	Name       string            `json:"name"`
	Year       int               `json:"year"`
	Attributes map[string]string `json:"attributes"`
	Events     []string          `json:"events"`
	Logs       [][]any           `json:"logs"`
	Points     [][]any           `json:"points"`
}

func main() {
	answer, err := read(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}

func read(ctx context.Context, address, service string) (found, error) {
	options := clickhouse.Options{
		Protocol: clickhouse.HTTP,
		Addr:     []string{address},
		// What Grafana's data source asks for over HTTP.
		Compression: &clickhouse.Compression{Method: clickhouse.CompressionGZIP},
	}
	var answer found
	connection, err := clickhouse.Open(&options)
	if err != nil {
		return answer, err
	}
	if err := connection.Ping(ctx); err != nil {
		return answer, err
	}
	named := clickhouse.Named("service", service)
	rows, err := connection.Query(ctx, `SELECT SpanName, Timestamp, SpanAttributes, Events.Name
		FROM otel_traces WHERE ServiceName = @service ORDER BY SpanId`, named)
	if err != nil {
		return answer, err
	}
	for rows.Next() {
		var name string
		var at time.Time
		var attributes map[string]string
		var events []string
		if err := rows.Scan(&name, &at, &attributes, &events); err != nil {
			return answer, err
		}
		if answer.Spans++; answer.Spans == 1 {
			answer.Name, answer.Year, answer.Attributes, answer.Events = name, at.Year(), attributes, events
		}
	}
	if err := rows.Err(); err != nil {
		return answer, err
	}
	database := clickhouse.OpenDB(&options)
	answer.Logs, err = pairs[string, uint8](ctx, database, `SELECT Body, SeverityNumber FROM otel_logs WHERE ServiceName = ?`, service)
	if err != nil {
		return answer, err
	}
	answer.Points, err = pairs[string, float64](ctx, database, `SELECT MetricName, Value FROM otel_metrics_gauge WHERE ServiceName = ?`, service)
	return answer, err
}

func pairs[A, B any](ctx context.Context, database *sql.DB, statement, service string) ([][]any, error) {
	rows, err := database.QueryContext(ctx, statement, service)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]any
	for rows.Next() {
		var first A
		var second B
		if err := rows.Scan(&first, &second); err != nil {
			return nil, err
		}
		all = append(all, []any{first, second})
	}
	return all, rows.Err()
}
