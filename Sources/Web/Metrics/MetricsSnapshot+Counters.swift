import Appliance
import Catalog
import Model
import Storage

extension MetricsSnapshot {
    /// Outcomes of requests that say nothing against the store: an object may be missing, or be there already.
    private static let harmless: Set<String> = [
        "ok", FailureCode.missing.rawValue, FailureCode.exists.rawValue, FailureCode.cancelled.rawValue,
    ]

    var runFamilies: [MetricFamily] {
        var samples: [[String]: Int64] = [:]
        // From the beginning, so that the first success is an increase.
        for database in databases where database.isConfigured {
            samples[[database.name, RunKind.backup.rawValue, RunState.completed.rawValue, "none"]] = 0
        }
        for run in runs {
            let labels = [run.database, run.kind.rawValue, run.state.rawValue, run.reason?.rawValue ?? "none"]
            samples[labels, default: 0] += run.count
        }
        return [
            MetricFamily(
                "nightjar_runs_total", "Runs that have ended since the catalog was made.", .counter,
                ["database", "kind", "outcome", "reason"], samples)
        ]
    }

    var storeFamilies: [MetricFamily] {
        var requests: [[String]: Int64] = [:]
        var failures: [[String]: Int64] = [:]
        var retries: [[String]: Int64] = [:]
        var sent: [[String]: Int64] = [:]
        var received: [[String]: Int64] = [:]
        for one in traffic {
            failures[[one.store], default: 0] += 0
            retries[[one.store], default: 0] += one.retries
            sent[[one.store], default: 0] += one.sent
            received[[one.store], default: 0] += one.received
        }
        for one in stores {
            requests[[one.store, one.operation, one.outcome], default: 0] += one.count
            failures[[one.store], default: 0] += Self.harmless.contains(one.outcome) ? 0 : one.count
        }
        return [
            MetricFamily(
                "nightjar_store_requests_total",
                "What was asked of a store since the daemon's start, retries not counted.", .counter,
                ["store", "operation", "result"], requests),
            MetricFamily(
                "nightjar_store_failures_total",
                "What was asked of a store and failed for want of it, after all retries, since the daemon's start.",
                .counter, ["store"], failures),
            MetricFamily(
                "nightjar_store_retries_total", "Requests that were sent to a store again since the daemon's start.",
                .counter, ["store"], retries),
            MetricFamily(
                "nightjar_store_sent_bytes_total", "Bytes of objects that a store was given since the daemon's start.",
                .counter, ["store"], sent),
            MetricFamily(
                "nightjar_store_received_bytes_total", "Bytes of objects that a store gave since the daemon's start.",
                .counter, ["store"], received),
        ]
    }
}
