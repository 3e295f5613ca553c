import Foundation
import Model
import SQLite
import TestSupport
import Testing

@Suite("Restoring from a store that no configuration describes")
struct RestoreFromTests {
    /// Makes the double's bucket the source's store.
    private static func configure(_ bench: Workbench, _ double: R2Double) throws {
        let keys = "access_key_id: \(double.accessKeyID), secret_access_key: \(double.secretAccessKey)"
        try bench.write(
            """
            state_dir: "\(bench.state)"
            scratch_dir: "\(bench.scratch)"
            stores:
              bucket: {type: s3, endpoint: "\(double.endpoint)", bucket: \(double.bucket), prefix: web-1, \(keys)}
            databases:
              \(Workbench.database): {sqlite: "\(bench.source)"}

            """, to: bench.configuration)
    }

    private static func credentials(_ double: R2Double) -> [String: String] {
        ["AWS_ACCESS_KEY_ID": double.accessKeyID, "AWS_SECRET_ACCESS_KEY": double.secretAccessKey]
    }

    /// `nightjar restore --from …`, where there is no configuration.
    private static func restore(
        _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> RunningCommand.Outcome {
        try await CommandLineTool.run(
            ["restore", "--config", "/nonexistent", "--json", "--from"] + arguments, environment: environment)
    }

    @Test("a folder, by the database, a backup's name or that of one of its objects")
    func folder() async throws {
        try await withBackup { bench, id in
            let before = bench.objects
            for (number, name) in ["", "/\(id)", "/\(id).manifest.json", "/\(id).sql.zst"].enumerated() {
                let file = "\(bench.target)/\(number).db"
                let outcome = try await Self.restore("file://\(bench.store)/\(Workbench.database)\(name)", "--to", file)
                #expect(outcome.exitCode == 0, "\(name): \(outcome)")
                #expect(try outcome.answer(RestoreAnswer.self).id == id)
                #expect(try LogicalComparison(.restore).differences(between: bench.source, and: file) == [])
            }
            #expect(bench.objects == before)

            let missing = try await Self.restore("file://\(bench.store)/shopp", "--to", bench.target + "/x.db")
            #expect(missing.exitCode == 66, "\(missing)")
            #expect(try missing.answer(ErrorAnswer.self).error.hint?.contains("backups of shop") == true, "\(missing)")
        }
    }

    @Test("a bucket, with credentials from the environment, a plan and a time, too")
    func bucket() async throws {
        try await withWorkbench { bench in
            try await withR2Double { double in
                try Self.configure(bench, double)
                try bench.makeSource(Workbench.script(rows: 400))
                let id = try await bench.backUp().backup
                let objects = double.objects.keys.sorted()
                let begun = try #require(BackupID(id)?.time)
                let time = Timestamp(seconds: begun.seconds + 3600)
                let address = "s3://\(double.bucket)/web-1/shop"
                let options = ["--endpoint", double.endpoint, "--region", "auto"]
                let environment = Self.credentials(double).merging(["AWS_SESSION_TOKEN": "a token"]) { $1 }
                let blank = try await Self.restore(
                    address, "--to", bench.target + "/x.db", "--endpoint", double.endpoint, environment: environment)
                #expect(blank.exitCode == 78, "\(blank)")
                #expect(blank.mentions("AWS_SESSION_TOKEN") && !blank.mentions("a token"), "\(blank)")

                let file = bench.target + "/new.db"
                let temporary = Self.credentials(double).merging(["AWS_SESSION_TOKEN": "token/1+2="]) { $1 }
                let asked = double.requests.count
                let plain = try await CommandLineTool.run(
                    ["restore", "--from", address, "--to", file, "--json", "--at", String(time.text.dropLast())]
                        + options,
                    environment: temporary)
                #expect(plain.exitCode == 0, "\(plain)")
                let answer = try plain.answer(RestoreAnswer.self)
                #expect(answer.id == id)
                #expect(answer.notes.contains { $0.contains("the time was read in UTC") }, "\(answer.notes)")
                #expect(try LogicalComparison(.restore).differences(between: bench.source, and: file) == [])
                let tokens = double.requests.dropFirst(asked).map { $0.headers["x-amz-security-token"] }
                #expect(tokens.allSatisfy { $0 == "token/1+2=" })

                let dry = try await CommandLineTool.run(
                    [
                        "restore", "--from", "\(address)/\(id).manifest.json", "--to", file, "--force", "--dry-run",
                        "--json",
                    ]
                        + options, environment: Self.credentials(double))
                #expect(dry.exitCode == 0, "\(dry)")
                let plan = try dry.answer(RestorePlanAnswer.self)
                #expect(plan.id == id)
                #expect(plan.store == "s3://\(double.bucket)/web-1")
                #expect(plan.state == "proved")
                #expect(double.objects.keys.sorted() == objects)
            }
        }
    }

    @Test("and without what it needs says what that is")
    func refusals() async throws {
        let target = "/nonexistent/x.db"
        let server = ["--endpoint", "https://s3.example.org"]
        let cases: [(arguments: [String], code: Int32, words: String)] = [
            (["--from", "s3://nightly/shop"] + server, 78, "AWS_ACCESS_KEY_ID"),
            (["--from", "s3://nightly/shop"], 64, "--endpoint"),
            (["--from", "s3://nightly"] + server, 64, "names no database"),
            (["--from", "s3://nightly/shop", "shop"] + server, 64, "Name a backup or a database, or say --from"),
            ([], 64, "Name a backup or a database, or say --from"),
            (["shop"] + server, 64, "go with --from"),
            (
                ["--from", "file:///srv/shop/dump_20260315-023000", "--at", "2026-03-01"], 64,
                "--at goes with a database"
            ),
        ]
        for (arguments, code, words) in cases {
            let outcome = try await CommandLineTool.run(["restore", "--to", target] + arguments)
            #expect(outcome.exitCode == code, "\(arguments): \(outcome)")
            #expect(outcome.standardError.contains(words), "\(arguments): \(outcome)")
        }
    }

    @Test("goes on where its connection was cut, again and again")
    func cutConnection() async throws {
        try await withWorkbench { bench in
            try await withR2Double { double in
                try Self.configure(bench, double)
                try bench.makeSource(Workbench.script(rows: 4000))
                let id = try await bench.backUp().backup
                let key = "web-1/shop/\(id).sql.zst"
                let size = try #require(double.objects[key]?.count)
                try #require(size > 700_000)
                let cut = 200_000
                double.inject(
                    .truncateBodyAfter(cut), matching: .init(keySuffix: ".sql.zst", operation: .getObject), times: 3)
                let asked = double.requests.count
                let file = bench.target + "/new.db"
                let outcome = try await Self.restore(
                    "s3://\(double.bucket)/web-1/shop", "--to", file, "--endpoint", double.endpoint,
                    environment: Self.credentials(double))
                #expect(outcome.exitCode == 0, "\(outcome)")
                #expect(try outcome.answer(RestoreAnswer.self).bytesFetched == Int64(size))
                #expect(try LogicalComparison(.restore).differences(between: bench.source, and: file) == [])

                let reads = double.requests.dropFirst(asked).filter { $0.operation == .getObject && $0.key == key }
                #expect(reads.count == 4)
                #expect(reads.compactMap(\.range) == (1...3).map { "bytes=\($0 * cut)-\(size - 1)" })
                let etags = reads.dropFirst().map { $0.headers["if-match"] }
                #expect(
                    etags.allSatisfy { $0 != nil }, "a changed object must not be joined to the old one's beginning")
            }
        }
    }

    /// What is fetched beside the table's frames: the list of the database's objects, the manifest, the verification
    /// reports, 64 KiB at the end of the dump with its seek table, the frame with the AUTOINCREMENT sequences where there are
    /// any, and the heads of these answers. None of it grows with the rows of the tables.
    @Test("one table of a large dump fetches under 2% more than that table's frames")
    func oneTable() async throws {
        try await withWorkbench { bench in
            try await withR2Double { double in
                try Self.configure(bench, double)
                let tables = [("earlier", 15_000), ("wanted", 20_000), ("later", 15_000)].map { name, rows in
                    """
                    CREATE TABLE \(name)(id INTEGER PRIMARY KEY, data BLOB);
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
                      INSERT INTO \(name) SELECT i, randomblob(1000) FROM n;
                    """
                }
                try bench.makeSource(tables.joined())
                let made = try await bench.nightjar("backup", Workbench.database, "--no-verify", "--json")
                let result = try #require(try made.answer(BackupAnswer.self).results.first, "\(made)")
                #expect(result.dumpBytes ?? 0 > 100_000_000)

                let file = bench.target + "/wanted.db"
                let before = double.bytesSent
                let outcome = try await Self.restore(
                    "s3://\(double.bucket)/web-1/shop/\(result.backup).manifest.json", "--to", file, "--table",
                    "wanted",
                    "--endpoint", double.endpoint, environment: Self.credentials(double))
                #expect(outcome.exitCode == 0, "\(outcome)")
                let sent = double.bytesSent - before

                let manifest = try ManifestDocument.decode(
                    try #require(double.objects["web-1/shop/\(result.backup).manifest.json"]), name: "the manifest")
                let table = try #require(manifest.tables.first { $0.name.description == "wanted" })
                let dump = try #require(double.objects["web-1/shop/\(result.backup).sql.zst"])
                let frames = Self.frameBytes(of: table.range, in: dump)
                #expect(frames > 20_000_000)
                #expect(sent >= frames)
                #expect(sent * 100 < frames * 102, "\(sent) bytes were sent for frames of \(frames)")
                #expect(try outcome.answer(RestoreAnswer.self).bytesFetched == frames)
                let query = "SELECT count(*), sum(length(data)), max(data) FROM wanted"
                let restored = try Database(path: file, access: .readOnly)
                let source = try Database(path: bench.source, access: .readOnly)
                #expect(try restored.rows(query) == source.rows(query))
            }
        }
    }

    /// Stored bytes of the frames that hold any of `range`, by the seek table at the dump's end (docs/dump-format.md).
    private static func frameBytes(of range: Manifest.ByteRange, in dump: [UInt8]) -> Int64 {
        func number(at place: Int) -> Int64 {
            var number: Int64 = 0
            for index in (0..<4).reversed() { number = number << 8 | Int64(dump[place + index]) }
            return number
        }
        let footer = 9
        let count = Int(number(at: dump.count - footer))
        let entries = dump.count - footer - 8 * count
        var position: Int64 = 0
        var bytes: Int64 = 0
        for entry in stride(from: entries, to: entries + 8 * count, by: 8) {
            let end = position + number(at: entry + 4)
            if position < range.end && end > range.offset { bytes += number(at: entry) }
            position = end
        }
        return bytes
    }
}
