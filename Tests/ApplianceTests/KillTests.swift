import Age
import Catalog
import Foundation
import Glibc
import Model
import SQLite
import Settings
import Synchronization
import TestSupport
import Testing

@testable import Appliance

/// `NIGHTJAR_KILLS` says how often; a few times in everyday tests.
@Suite("A process that is killed at any moment loses nothing", .timeLimit(.minutes(60)))
struct KillTests {
    private static let kills = ProcessInfo.processInfo.environment["NIGHTJAR_KILLS"].flatMap { Int($0) } ?? 8

    @Test("with a directory store")
    func directory() async throws {
        try await withTemporaryDirectory { path in
            let store = path + "/store"
            let site = try KillSite(
                path: path, stores: ["disk": "{type: directory, path: \"\(store)\"}"],
                subjects: [.large, .tables, .lines, .sealed])
            try await site.run(kills: Self.kills)
            try await site.check(["disk": try Self.objects(in: store)])
        }
    }

    /// What a directory store holds.
    private static func objects(in store: String) throws -> [String: [UInt8]] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: store)
        #expect(names.allSatisfy { !$0.contains(".nightjar-") }, "\(names)")
        var objects: [String: [UInt8]] = [:]
        for name in names {
            guard let data = FileManager.default.contents(atPath: store + "/" + name) else { continue }
            objects[name] = Array(data)
        }
        return objects
    }

    private static func bucket(_ double: R2Double) -> String {
        """
        {type: r2, endpoint: "\(double.endpoint)", bucket: \(double.bucket), part_size: 5MiB,
             access_key_id: \(double.accessKeyID), secret_access_key: \(double.secretAccessKey)}
        """
    }

    @Test("with an S3 store")
    func s3() async throws {
        try await withR2Double(minimumPartSize: R2Double.realMinimumPartSize) { double in
            try await withTemporaryDirectory { path in
                let site = try KillSite(
                    path: path, stores: ["bucket": Self.bucket(double)],
                    subjects: [.large, .small, .document, .tables, .sealedTables])
                try await site.run(kills: Self.kills)
                #expect(double.openUploads == [])
                #expect(double.overwrittenKeys == [])
                try await site.check(["bucket": double.objects])
            }
        }
    }

    @Test("with a bucket and a folder at once, encrypted")
    func both() async throws {
        try await withR2Double(minimumPartSize: R2Double.realMinimumPartSize) { double in
            try await withTemporaryDirectory { path in
                let store = path + "/store"
                let site = try KillSite(
                    path: path,
                    stores: ["bucket": Self.bucket(double), "disk": "{type: directory, path: \"\(store)\"}"],
                    subjects: [.sealedLarge, .sealedTables, .sealed, .lines])
                try await site.run(kills: Self.kills)
                try await site.copyWhatIsMissing()
                #expect(double.openUploads == [])
                #expect(double.overwrittenKeys == [])
                try await site.check(["bucket": double.objects, "disk": try Self.objects(in: store)])
            }
        }
    }
}

/// Databases that are backed up once an hour by a daemon that is killed: one of several parts, the others smaller, each in
/// another format. A table of each format has more than two frames of text, so that a dump can be broken off inside it.
private struct KillSite {
    struct Subject {
        let name: String
        let format: DumpFormat
        let compression: String
        let rows: Int
        /// Whether it is encrypted, for somebody who never opens it here but the test.
        var isEncrypted = false

        /// Its stored bytes do not compress: chunks of the cipher, parts and frames end in different places.
        static let sealed = Subject(name: "sealed", format: .sql, compression: "zstd", rows: 400, isEncrypted: true)
        static let sealedTables = Subject(
            name: "sealed-tables", format: .csv, compression: "gzip", rows: 350, isEncrypted: true)
        static let sealedLarge = Subject(
            name: "sealed-large", format: .sql, compression: "none", rows: 700, isEncrypted: true)
        static let large = Subject(name: "large", format: .sql, compression: "none", rows: 700)
        static let small = Subject(name: "small", format: .sql, compression: "zstd", rows: 120)
        static let tables = Subject(name: "tables", format: .csv, compression: "none", rows: 350)
        // Without compression its dumps would be called as manifests are.
        static let document = Subject(name: "document", format: .json, compression: "gzip", rows: 400)
        static let lines = Subject(name: "lines", format: .ndjson, compression: "none", rows: 400)

        /// What the names of its objects end with.
        var suffix: String {
            ".\(format.fileExtension)" + (compression == "none" ? "" : compression == "gzip" ? ".gz" : ".zst")
                + (isEncrypted ? ".age" : "")
        }

        /// What the names of its objects of `t` and `w` end with, or that of its only one.
        var names: [String] {
            guard format.hasObjectPerTable else { return [suffix] }
            return (isEncrypted ? ["0001", "0002"] : ["t", "w"]).map { "/\($0)\(suffix)" }
        }

        /// Positions in the dump's text inside its large table, in any format; nil where that has but one frame.
        var middle: Range<Int64>? {
            // A row of 9000 bytes takes a third more than those as Base64, and twice as much in hexadecimal.
            rows < 350 ? nil : 1 << 20..<Int64(rows) * 12_000
        }
    }

    private let subjects: [Subject]
    private var databases: [String] { subjects.map(\.name) }

    let path: String
    /// Of whoever may open what is encrypted: the appliance has none.
    private let identity = AgeIdentity()
    private let firstSlot: Timestamp
    private let slots = Counter()
    private let resumed = Counter()
    private let brokenTables = Tally()

    private var configuration: String { path + "/nightjar.yaml" }
    private var scratch: String { path + "/scratch" }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        var next: Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
        var last: Int { value.withLock { $0 } }
    }

    /// How often something was seen of each subject.
    private final class Tally: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        func add(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }
        func count(of name: String) -> Int { counts.withLock { $0[name, default: 0] } }
    }

    /// - Parameter stores: Their settings, by their names.
    init(path: String, stores: [String: String], subjects: [Subject]) throws {
        self.path = path
        self.subjects = subjects
        // Ids of backups are of the real time, which has to be before the daemon's.
        firstSlot = Timestamp(seconds: (Int64(Date().timeIntervalSince1970) / 3600 + 1) * 3600)
        var lines = [
            "state_dir: \"\(path)/state\"", "scratch_dir: \"\(path)/scratch\"", "stores:",
        ]
        lines += stores.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        lines += ["defaults: {store: [\(stores.keys.sorted().joined(separator: ", "))]}", "databases:"]
        for subject in subjects {
            lines += [
                "  \(subject.name):", "    sqlite: \"\(path)/\(subject.name).db\"", "    schedule: every 1h",
                "    timezone: UTC", "    format: \(subject.format.rawValue)",
                "    compression: \(subject.compression)",
            ]
            if subject.isEncrypted { lines.append("    encryption: {recipients: [\(identity.recipient)]}") }
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: configuration))
        for subject in subjects {
            let database = try Database(path: "\(path)/\(subject.name).db", access: .create)
            try database.execute(
                """
                PRAGMA journal_mode = WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB);
                CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE INDEX i ON w(v);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(subject.rows))
                INSERT INTO t(a) SELECT randomblob(9000) FROM n;
                INSERT INTO w SELECT 'k' || id, id FROM t;
                """)
        }
    }

    /// Kills the daemon so many times, letting it make the backups of one slot after the other: at random moments, and
    /// in every third slot in the middle of a table, of one format after the other.
    func run(kills: Int) async throws {
        let catalog = try await Appliance(Configuration.load(path: configuration, environment: [:])).openCatalog { _ in
        }
        try await catalog.register(databases, at: Timestamp(seconds: firstSlot.seconds - 3599))
        await catalog.close()
        // How long it takes undisturbed.
        let begun = ContinuousClock.now
        try await finishSlot(Timestamp(seconds: firstSlot.seconds))
        let whole = ContinuousClock.now - begun
        var killed = 0
        var slot = firstSlot
        let divided = subjects.filter { $0.middle != nil }
        while killed < kills {
            let number = slots.next
            slot = Timestamp(seconds: firstSlot.seconds + Int64(number) * 3600)
            let aim = number % 3 == 0 ? divided[number / 3 % divided.count] : nil
            for _ in 0..<(aim == nil ? 3 : 1) where killed < kills {
                let process = try start(slot)
                if let aim {
                    try await awaitTable(of: aim, beside: process)
                } else {
                    // No condition could stand in its place: any moment has to do, also those that nothing tells of.
                    try await Task.sleep(for: whole * Double.random(in: 0...1))
                }
                process.send(signal: SIGKILL)
                countResumptions(await process.finish().standardError)
                killed += 1
            }
            try await finishSlot(slot)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch)
        #expect(left == [])
        #expect(resumed.last > 0 || kills < 50, "some were gone on with in the middle")
        for subject in divided {
            let count = brokenTables.count(of: subject.name)
            #expect(count > 0 || kills < 200, "some of \(subject.name) in the middle of a table")
        }
    }

    /// Waits until a run has written a part of the subject's large table, and all that going on takes; or until the process
    /// has ended, if that is sooner.
    private func awaitTable(of subject: Subject, beside process: RunningCommand) async throws {
        let watch = try FolderWatch(scratch, isDeep: true)
        let ends = Counter()
        Task {
            await process.end()
            _ = ends.next
            watch.ring()
        }
        try await watch.wait(until: "a run is in the large table of \(subject.name)") {
            ends.last > 0 || isInTable(of: subject)
        }
    }

    private func isInTable(of subject: Subject) -> Bool {
        // The folders of an appliance's runs lie in one of its own.
        let parents = (try? FileManager.default.contentsOfDirectory(atPath: scratch)) ?? []
        return parents.contains { parent in
            let journal = FileManager.default.contents(atPath: "\(scratch)/\(parent)/\(subject.name)/journal")
            let text = String(decoding: journal ?? Data(), as: UTF8.self)
            return text.contains("\"snapshot\"") && text.contains("\"frame\"") && !text.contains("\"objectEnded\"")
        }
    }

    /// - Parameter log: Where a backup that was gone on with has a line with `database=tables resumed_at=4194310`.
    private func countResumptions(_ log: String) {
        for line in log.split(separator: "\n") {
            let words = line.split(separator: " ")
            let position = words.last { $0.hasPrefix("resumed_at=") }
                .flatMap { Int64($0.dropFirst("resumed_at=".count)) }
            let subject = subjects.first { subject in words.contains { $0 == "database=\(subject.name)" } }
            guard let position, let subject else { continue }
            _ = resumed.next
            if let middle = subject.middle, middle.contains(position) { brokenTables.add(subject.name) }
        }
    }

    private func start(_ slot: Timestamp) throws -> RunningCommand {
        let program = URL(fileURLWithPath: CommandLineTool.path).deletingLastPathComponent().path + "/DaemonSubject"
        return try RunningCommand.start(
            [program, configuration, String(slot.seconds)] + databases, environment: Command.basicEnvironment)
    }

    private func finishSlot(_ slot: Timestamp) async throws {
        let outcome = await (try start(slot)).finish()
        try #require(outcome.exitCode == 0, "\(outcome)")
        countResumptions(outcome.standardError)
    }

    /// A process that is killed while only one of the stores has an object may leave the other one to be caught up with.
    func copyWhatIsMissing() async throws {
        for name in databases {
            for (source, target) in [("bucket", "disk"), ("disk", "bucket")] {
                let outcome = try await CommandLineTool.run(
                    ["--config", configuration, "copy", name, "--from", source, "--to", target])
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
        }
    }

    /// One proved backup a slot in each store, and all with the same bytes, for nothing has changed in the sources.
    /// - Parameter stores: Their objects, by their names.
    func check(_ stores: [String: [String: [UInt8]]]) async throws {
        checkProofs(Array(stores.values))
        // What is the same need not be opened twice.
        for (index, objects) in stores.values.enumerated() {
            try check(objects, of: stores.count, opening: index == 0)
        }
        let dumps = stores.values.map { objects in
            objects.filter { $0.key.contains("/dump_") && !$0.key.contains(".verified-") }
        }
        #expect(dumps.allSatisfy { $0 == dumps[0] }, "the stores have the same")
        let state = try FileManager.default.contentsOfDirectory(atPath: path + "/state").filter {
            !$0.hasPrefix("catalog.db")
        }
        #expect(
            state.sorted() == [
                "appliance.id", "claimed-stores", "kept-configurations", "last-backup-id", "locks",
                "scratch-directories",
            ])
        let key = path + "/age-key"
        try Data(identity.secretText.utf8).write(to: URL(fileURLWithPath: key))
        let verified = try await CommandLineTool.run(
            ["--config", configuration, "verify", "--all", "--identity", key])
        #expect(verified.exitCode == 0, "\(verified)")
    }

    /// Each backup is proved in at least one store before anybody with an identity looks at it: a run's key outlives
    /// the run's process, and is gone only with the run's end.
    private func checkProofs(_ stores: [[String: [UInt8]]]) {
        var stems: Set<Substring> = []
        var proved: Set<Substring> = []
        for (key, bytes) in stores.joined() {
            if key.hasSuffix(".manifest.json") { stems.insert(key.dropLast(".manifest.json".count)) }
            guard let place = key.range(of: ".verified-") else { continue }
            if String(decoding: bytes, as: UTF8.self).contains("\"outcome\" : \"proved\"") {
                proved.insert(key[..<place.lowerBound])
            }
        }
        #expect(stems.subtracting(proved).sorted() == [], "each is proved in one store at least")
    }

    private func check(_ objects: [String: [UInt8]], of stores: Int, opening: Bool) throws {
        for subject in subjects {
            func keys(_ suffix: String) -> [String] {
                objects.keys.filter { $0.hasPrefix("\(subject.name)/dump_") && $0.hasSuffix(suffix) }.sorted()
            }
            let manifests = keys(".manifest.json")
            #expect(manifests.count == slots.last + 1, "one backup a slot")
            for name in subject.names {
                let dumps = keys(name)
                #expect(dumps.count == manifests.count)
                guard opening else { continue }
                #expect(
                    try Set(dumps.compactMap { objects[$0] }.map { try plain($0, of: subject) }).count == 1,
                    "a resumed run writes what an undisturbed one does")
            }
            #expect(keys(subject.suffix).count == manifests.count * subject.names.count, "and nothing else")
            for manifest in manifests {
                let stem = manifest.dropLast(".manifest.json".count)
                let reports = objects.filter { $0.key.hasPrefix("\(stem).verified-") }
                #expect(!reports.isEmpty, "\(stem) has been verified")
                for report in reports.values {
                    let text = String(decoding: report, as: UTF8.self)
                    // What came to a second store by a copy can only be checked: the run's key is gone by then.
                    let isCopy = subject.isEncrypted && stores > 1 && text.contains("\"outcome\" : \"checked\"")
                    #expect(text.contains("\"outcome\" : \"proved\"") || isCopy)
                }
            }
        }
        let others = objects.keys.filter { key in
            key != "owner.json" && !key.hasPrefix("appliance/configuration_")
                && !databases.contains { key.hasPrefix("\($0)/dump_") }
        }
        #expect(others == [])
    }

    /// Encrypted, no two runs write the same bytes, for each draws keys of its own.
    private func plain(_ bytes: [UInt8], of subject: Subject) throws -> [UInt8] {
        subject.isEncrypted ? try AgeFile.decrypt(bytes, with: [identity]) : bytes
    }
}
