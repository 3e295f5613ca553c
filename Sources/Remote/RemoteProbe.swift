import Dump
import HTTPClient
import Model
import Pipeline
import Settings

/// Asks a service for what a backup will ask it for, and for very little of it.
package struct RemoteProbe: Sendable {
    /// A table that a backup would read and the service does not give.
    package struct Refusal: Sendable {
        package let table: SQLText
        /// What the service says.
        package let reason: String
    }

    /// Bytes of the database's pages; 0 where the service does not tell.
    package let bytes: Int64
    /// Seconds by which the service's clock is ahead of this machine's; negative where it is behind.
    package let clockDifference: Double
    package let refusals: [Refusal]
    /// What the schema holds that cannot be read, or not as it is; one sentence each.
    package let notes: [String]
    private let tables: Int
    private let excluded: Int
    private let engine: String?
    private let reading: String

    /// Tables that one statement asks for: a result has 100 columns at most.
    private static let tablesAtOnce = 50
    /// Bytes: no database of SQLite's is larger (https://www.sqlite.org/limits.html).
    private static let sizes: ClosedRange<Int64> = 0...(1 << 48)
    /// A person waits for this.
    private static let attempts = 2
    private static let longestWait = Duration.seconds(15)

    /// Blocks the thread.
    /// - Parameter exclude: Names of tables that a backup leaves out.
    /// - Throws: `NightjarError`, as a backup would; `CancellationError`.
    package static func probe(
        _ settings: RemoteSettings, exclude: [Glob], cancellation: Cancellation
    ) throws -> RemoteProbe {
        let client: HTTPClient
        do throws(HTTPError) {
            client = try HTTPClient(caBundle: settings.caFile)
        } catch {
            throw NightjarError(.io, "\(settings.shown) cannot be asked: \(error.detail)", cause: error)
        }
        defer { client.shutdown() }
        let database = RemoteDatabaseFactory.make(settings, client: client)
        let caller = RemoteCaller(
            database, breathing: Breathing(work: .seconds(25), pause: .zero), cancellation: cancellation,
            attempts: attempts,
            sleep: { duration in
                guard duration <= Self.longestWait else {
                    throw NightjarError(
                        .busy, "\(settings.shown) asks not to be called for \(DurationText.format(duration))",
                        hint: "Try again then; backups wait for it by themselves.", isTransient: true)
                }
                try cancellation.sleep(for: duration)
            })
        do {
            return try RemoteProbe(caller, settings, exclude: exclude)
        } catch let error as RemoteError {
            throw RemoteCaller.explain(error, database)
        }
    }

    private init(_ caller: RemoteCaller, _ settings: RemoteSettings, exclude: [Glob]) throws {
        // Nothing that a service could refuse but the token.
        let asked = Timestamp.now.seconds
        let clock = try Self.integer("SELECT CAST(strftime('%s', 'now') AS INTEGER)", caller)
        clockDifference = clock.map { Double($0) - Double(asked) } ?? 0
        defer { caller.end() }
        let hasSnapshot = try caller.begin()
        let schema = try RemoteSchema.read(caller, exclude: exclude)
        let size = (schema.pageCount ?? 0).multipliedReportingOverflow(by: Int64(schema.pageSize ?? 0))
        bytes = !size.overflow && Self.sizes.contains(size.partialValue) ? size.partialValue : 0
        refusals = try Self.refusals(schema.tables.map(\.name), caller)
        tables = schema.tables.count
        excluded = schema.excluded.count
        notes = schema.notes
        engine = schema.sqliteVersion.map { "SQLite \($0)" }
        reading = hasSnapshot ? "one consistent state" : "no snapshot: \(settings.readingWords)"
    }

    /// For people.
    package var description: String {
        var parts: [String] = []
        if let engine { parts.append(engine) }
        if bytes > 0 { parts.append(SizeText.format(bytes)) }
        let left = excluded == 0 ? "" : " and \(CountText.format(Int64(excluded))) left out"
        parts.append("\(CountText.format(Int64(tables), "table"))\(left)")
        parts.append(reading)
        return parts.joined(separator: ", ")
    }

    // MARK: Asking

    /// Which of the tables the service does not give a row of. Asks for many at once, and one by one where that fails.
    private static func refusals(_ tables: [SQLText], _ caller: RemoteCaller) throws -> [Refusal] {
        var refusals: [Refusal] = []
        var readable: [(table: SQLText, sql: String)] = []
        for table in tables {
            if let name = String(validating: table.quoted, as: UTF8.self) {
                readable.append((table, "EXISTS(SELECT 1 FROM \(name))"))
            } else {
                refusals.append(
                    Refusal(table: table, reason: "its name is not text in UTF-8, which requests have to be"))
            }
        }
        for start in stride(from: 0, to: readable.count, by: tablesAtOnce) {
            let batch = readable[start..<min(start + tablesAtOnce, readable.count)]
            let all = "SELECT \(batch.map { $0.sql }.joined(separator: ", "))"
            guard try refusal(of: all, caller) != nil else { continue }
            for entry in batch {
                guard let reason = try refusal(of: "SELECT \(entry.sql)", caller) else { continue }
                refusals.append(Refusal(table: entry.table, reason: reason))
            }
        }
        return refusals
    }

    /// Why SQLite does not run a statement; nil where it does.
    private static func refusal(of sql: String, _ caller: RemoteCaller) throws -> String? {
        do {
            _ = try caller.rows(sql)
            return nil
        } catch let error as RemoteError where error.kind == .statement || error.kind == .tooLarge {
            return error.detail
        }
    }

    /// The first value, where it is an integer.
    private static func integer(_ sql: String, _ caller: RemoteCaller) throws -> Int64? {
        let answer = try caller.rows(sql).answer
        guard answer.rowCount > 0, case .number(let digits) = answer.cell(0, 0) else { return nil }
        return String(validating: answer.body[digits], as: UTF8.self).flatMap { Int64($0) }
    }
}
