import Catalog
import Model
import Storage
import Testing

@testable import Appliance
@testable import Web

/// What the tests are told of, one figure different from all others.
enum MetricFigures {
    static let shop = MetricsSnapshot.Database(
        name: "shop", state: .protected, isConfigured: true, lastSuccess: time(101), lastVerified: time(102),
        oldestProof: time(103), newestBackup: time(104), backups: 105, rows: 106, dumpBytes: 107, storedBytes: 108,
        storedBytesAll: 109, duration: 110, nextRun: time(111), isOverdue: false, isProofOverdue: true, isFrozen: true,
        isRunning: true)
    /// As little as can be known.
    static let blog = MetricsSnapshot.Database(
        name: "blog", state: .none, isConfigured: true, lastSuccess: nil, lastVerified: nil, oldestProof: nil,
        newestBackup: nil, backups: 0, rows: nil, dumpBytes: nil, storedBytes: nil, storedBytesAll: 0, duration: nil,
        nextRun: nil, isOverdue: true, isProofOverdue: false, isFrozen: false, isRunning: false)
    /// No longer configured.
    static let wiki = MetricsSnapshot.Database(
        name: "wiki", state: .removed, isConfigured: false, lastSuccess: nil, lastVerified: nil, oldestProof: nil,
        newestBackup: time(9), backups: 2, rows: 0, dumpBytes: 1, storedBytes: 2, storedBytesAll: 4, duration: nil,
        nextRun: nil, isOverdue: false, isProofOverdue: false, isFrozen: false, isRunning: false)

    static func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    static func snapshot(
        _ databases: [MetricsSnapshot.Database] = [shop, blog, wiki], runs: [RunCount] = [],
        stores: [StoreOperationCount] = [], traffic: [MetricsSnapshot.Traffic] = [],
        channels: [NotificationsOverview.Channel] = []
    ) -> MetricsSnapshot {
        MetricsSnapshot(
            now: time(1000), version: "1.2.3", sqliteVersion: "3.40.1", startedAt: time(900), databases: databases,
            runs: runs, stores: stores, traffic: traffic, queueLength: 11, running: 12, channels: channels,
            residentBytes: 15)
    }

    /// The lines of one metric, without HELP and TYPE.
    static func lines(of name: String, in snapshot: MetricsSnapshot) -> [String] {
        text(snapshot).split(separator: "\n").map { String($0) }.filter { line in
            line.hasPrefix(name + " ") || line.hasPrefix(name + "{")
        }
    }

    static func text(_ snapshot: MetricsSnapshot) -> String {
        String(decoding: MetricsText.render(snapshot), as: UTF8.self)
    }
}

@Suite("The text of the metrics") struct MetricsTextTests {
    @Test(
        "holds each figure of the appliance",
        arguments: [
            ("nightjar_build_info", [#"nightjar_build_info{version="1.2.3",sqlite_version="3.40.1"} 1"#]),
            ("nightjar_start_time_seconds", ["nightjar_start_time_seconds 900"]),
            ("nightjar_time_seconds", ["nightjar_time_seconds 1000"]),
            ("nightjar_resident_memory_bytes", ["nightjar_resident_memory_bytes 15"]),
            ("nightjar_runs_queued", ["nightjar_runs_queued 11"]),
            ("nightjar_runs_running", ["nightjar_runs_running 12"]),
            (
                "nightjar_notifications",
                [
                    #"nightjar_notifications{channel="callback",state="dead"} 0"#,
                    #"nightjar_notifications{channel="callback",state="pending"} 0"#,
                ]
            ),
        ])
    func appliance(name: String, expected: [String]) {
        #expect(MetricFigures.lines(of: name, in: MetricFigures.snapshot()) == expected)
    }

    @Test(
        "holds each figure of a database, and leaves out what is not known",
        arguments: [
            ("configured", ["blog 1", "shop 1", "wiki 0"]),
            ("overdue", ["blog 1", "shop 0", "wiki 0"]),
            ("proof_overdue", ["blog 0", "shop 1", "wiki 0"]),
            ("frozen", ["blog 0", "shop 1", "wiki 0"]),
            ("running", ["blog 0", "shop 1", "wiki 0"]),
            ("next_run_timestamp_seconds", ["shop 111"]),
            ("last_success_timestamp_seconds", ["shop 101"]),
            ("last_success_duration_seconds", ["shop 110"]),
            ("last_verified_timestamp_seconds", ["shop 102"]),
            ("oldest_proof_timestamp_seconds", ["shop 103"]),
            ("newest_backup_timestamp_seconds", ["shop 104", "wiki 9"]),
            ("newest_backup_rows", ["shop 106", "wiki 0"]),
            ("newest_backup_dump_bytes", ["shop 107", "wiki 1"]),
            ("newest_backup_stored_bytes", ["shop 108", "wiki 2"]),
            ("backups", ["blog 0", "shop 105", "wiki 2"]),
            ("backups_stored_bytes", ["blog 0", "shop 109", "wiki 4"]),
        ])
    func databases(name: String, expected: [String]) {
        let lines = expected.map { text in
            let words = text.split(separator: " ")
            return "nightjar_database_\(name){database=\"\(words[0])\"} \(words[1])"
        }
        #expect(MetricFigures.lines(of: "nightjar_database_\(name)", in: MetricFigures.snapshot()) == lines)
    }

    @Test(
        "gives a database one state of all that there are",
        arguments: [MetricFigures.shop, MetricFigures.blog, MetricFigures.wiki])
    func states(database: MetricsSnapshot.Database) {
        let lines = MetricFigures.lines(of: "nightjar_database_state", in: MetricFigures.snapshot([database]))
        let expected = StatusReport.State.allCases.map(\.rawValue).sorted().map { state in
            "nightjar_database_state{database=\"\(database.name)\",state=\"\(state)\"} "
                + (state == database.state.rawValue ? "1" : "0")
        }
        #expect(lines == expected)
    }

    @Test("tells of each channel what waits, what was given up, and whether it rests")
    func channels() {
        let channels = [
            NotificationFigures.channel("ops", pending: 21, held: 22, dead: 23, restingSince: MetricFigures.time(7)),
            NotificationFigures.channel("mail"), NotificationFigures.channel("callback", pending: 1, dead: 2),
        ]
        let snapshot = MetricFigures.snapshot(channels: channels)
        #expect(
            MetricFigures.lines(of: "nightjar_notifications", in: snapshot) == [
                #"nightjar_notifications{channel="callback",state="dead"} 2"#,
                #"nightjar_notifications{channel="callback",state="pending"} 1"#,
                #"nightjar_notifications{channel="mail",state="dead"} 0"#,
                #"nightjar_notifications{channel="mail",state="held"} 0"#,
                #"nightjar_notifications{channel="mail",state="pending"} 0"#,
                #"nightjar_notifications{channel="ops",state="dead"} 23"#,
                #"nightjar_notifications{channel="ops",state="held"} 22"#,
                #"nightjar_notifications{channel="ops",state="pending"} 21"#,
            ])
        #expect(
            MetricFigures.lines(of: "nightjar_channel_resting", in: snapshot) == [
                #"nightjar_channel_resting{channel="mail"} 0"#, #"nightjar_channel_resting{channel="ops"} 1"#,
            ])
    }

    @Test("counts runs by kind, outcome and reason, backups from 0 for the databases that are configured")
    func runs() {
        let counts = [
            RunCount(database: "shop", kind: .backup, state: .failed, reason: .unreachable, count: 3),
            RunCount(database: "shop", kind: .backup, state: .failed, reason: .io, count: 4),
            RunCount(database: "shop", kind: .backup, state: .completed, reason: nil, count: 5),
            RunCount(database: "shop", kind: .export, state: .completed, reason: nil, count: 7),
            RunCount(database: "gone", kind: .backup, state: .interrupted, reason: .cancelled, count: 6),
        ]
        let lines = MetricFigures.lines(of: "nightjar_runs_total", in: MetricFigures.snapshot(runs: counts))
        #expect(
            lines == [
                #"nightjar_runs_total{database="blog",kind="backup",outcome="completed",reason="none"} 0"#,
                #"nightjar_runs_total{database="gone",kind="backup",outcome="interrupted",reason="cancelled"} 6"#,
                #"nightjar_runs_total{database="shop",kind="backup",outcome="completed",reason="none"} 5"#,
                #"nightjar_runs_total{database="shop",kind="backup",outcome="failed",reason="io"} 4"#,
                #"nightjar_runs_total{database="shop",kind="backup",outcome="failed",reason="unreachable"} 3"#,
                #"nightjar_runs_total{database="shop",kind="export",outcome="completed",reason="none"} 7"#,
            ])
    }

    @Test("counts what stores were asked for, and their failures from 0")
    func stores() {
        let counts = [
            StoreOperationCount(store: "r2", operation: "upload_part", outcome: "unreachable", count: 2),
            StoreOperationCount(store: "r2", operation: "upload_part", outcome: "ok", count: 30),
            StoreOperationCount(store: "r2", operation: "head", outcome: "missing", count: 4),
            StoreOperationCount(store: "r2", operation: "create", outcome: "exists", count: 5),
            StoreOperationCount(store: "r2", operation: "create", outcome: "cancelled", count: 6),
            StoreOperationCount(store: "r2", operation: "create", outcome: "io", count: 1),
        ]
        let traffic = [
            MetricsSnapshot.Traffic(store: "r2", sent: 71, received: 72, retries: 73),
            MetricsSnapshot.Traffic(store: "disk", sent: 0, received: 0, retries: 0),
        ]
        let snapshot = MetricFigures.snapshot(stores: counts, traffic: traffic)
        #expect(
            MetricFigures.lines(of: "nightjar_store_requests_total", in: snapshot) == [
                #"nightjar_store_requests_total{store="r2",operation="create",result="cancelled"} 6"#,
                #"nightjar_store_requests_total{store="r2",operation="create",result="exists"} 5"#,
                #"nightjar_store_requests_total{store="r2",operation="create",result="io"} 1"#,
                #"nightjar_store_requests_total{store="r2",operation="head",result="missing"} 4"#,
                #"nightjar_store_requests_total{store="r2",operation="upload_part",result="ok"} 30"#,
                #"nightjar_store_requests_total{store="r2",operation="upload_part",result="unreachable"} 2"#,
            ])
        for (name, figure) in [("failures", 3), ("retries", 73), ("sent_bytes", 71), ("received_bytes", 72)] {
            let metric = "nightjar_store_\(name)_total"
            #expect(
                MetricFigures.lines(of: metric, in: snapshot) == [
                    "\(metric){store=\"disk\"} 0", "\(metric){store=\"r2\"} \(figure)",
                ])
        }
    }

    @Test("has no two values with the same name and labels, or Prometheus would refuse it all")
    func unique() {
        let count = StoreOperationCount(store: "r2", operation: "head", outcome: "ok", count: 2)
        let run = RunCount(database: "shop", state: .completed, reason: nil, count: 3)
        let traffic = MetricsSnapshot.Traffic(store: "r2", sent: 1, received: 1, retries: 1)
        let snapshot = MetricFigures.snapshot(runs: [run, run], stores: [count, count], traffic: [traffic, traffic])
        let series = MetricFigures.text(snapshot).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ").dropLast().joined(separator: " ") }
        #expect(Set(series).count == series.count)
        #expect(
            MetricFigures.lines(of: "nightjar_store_requests_total", in: snapshot) == [
                #"nightjar_store_requests_total{store="r2",operation="head",result="ok"} 4"#
            ])
    }

    @Test("is the same whatever order the figures come in")
    func order() {
        let runs = FailureCode.allCases.map { RunCount(database: "shop", state: .failed, reason: $0, count: 1) }
        let databases = [MetricFigures.shop, MetricFigures.blog, MetricFigures.wiki]
        let one = MetricsText.render(MetricFigures.snapshot(databases, runs: runs))
        let other = MetricsText.render(MetricFigures.snapshot(databases.reversed(), runs: runs.reversed()))
        #expect(one == other)
        #expect(!one.isEmpty)
    }

    @Test("says of each metric what it means and of which kind it is, right before its values")
    func headers() {
        let snapshot = MetricFigures.snapshot(
            stores: [StoreOperationCount(store: "r2", operation: "head", outcome: "ok", count: 2)],
            traffic: [MetricsSnapshot.Traffic(store: "r2", sent: 1, received: 1, retries: 1)],
            channels: [NotificationFigures.channel("ops")])
        var headers: [String] = []
        var current = ""
        for line in MetricFigures.text(snapshot).split(separator: "\n") {
            let words = line.split(separator: " ").map { String($0) }
            if line.hasPrefix("# HELP ") {
                headers.append(words[2])
                #expect(words.count > 3, "\(line)")
            } else if line.hasPrefix("# TYPE ") {
                current = words[2]
                #expect(headers.last == current)
                #expect(words.last == (current.hasSuffix("_total") ? "counter" : "gauge"), "\(line)")
            } else {
                #expect(line.hasPrefix(current + " ") || line.hasPrefix(current + "{"), "\(line)")
            }
        }
        #expect(headers == snapshot.families.map(\.name))
        #expect(Set(headers).count == headers.count)
        #expect(headers.allSatisfy { $0.hasPrefix("nightjar_") })
        #expect(MetricFigures.text(snapshot).hasSuffix("\n"))
    }

    @Test(
        "escapes what labels may not hold as it is",
        arguments: [
            (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"),
            (#"\"#, #"\\"#), ("\"", #"\""#), ("ü☃", "ü☃"), (#"}{,="#, #"}{,="#), ("", ""),
        ])
    func labels(value: String, expected: String) {
        let family = MetricFamily("name", "Help.", .gauge, ["one", "two"], [[value, "x"]: 1])
        let text = String(decoding: MetricsText.render([family]), as: UTF8.self)
        #expect(text == "# HELP name Help.\n# TYPE name gauge\nname{one=\"\(expected)\",two=\"x\"} 1\n")
    }

    @Test("escapes what HELP may not hold as it is, and leaves quotation marks there")
    func help() {
        let family = MetricFamily("name", "a \"b\" \\ c\nd", 7)
        let text = String(decoding: MetricsText.render([family]), as: UTF8.self)
        #expect(text == "# HELP name a \"b\" \\\\ c\\nd\n# TYPE name gauge\nname 7\n")
    }

    @Test("writes whole numbers as they are, also very large ones", arguments: [0, -5, Int64.max, Int64.min])
    func numbers(value: Int64) {
        let text = String(decoding: MetricsText.render([MetricFamily("name", "Help.", value)]), as: UTF8.self)
        #expect(text.hasSuffix("\nname \(value)\n"))
    }

    @Test("is about the appliance alone where there is no database and no store")
    func empty() {
        let text = MetricFigures.text(MetricFigures.snapshot([]))
        #expect(!text.contains("nightjar_database_"))
        #expect(!text.contains("nightjar_store_"))
        #expect(!text.contains("nightjar_runs_total"))
        #expect(text.contains("\nnightjar_start_time_seconds 900\n"))
    }
}
