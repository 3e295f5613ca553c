import Model
import SQLite
import Synchronization

/// All that a database holds at one moment, but for what a service keeps in it for itself.
struct RemoteState: Sendable, Equatable {
    var schema: [[SQLValue]]
    /// In the order of their first column, which is the key of all of them.
    var tables: [String: [[SQLValue]]]

    init(_ database: Database) throws {
        let own = "name NOT GLOB 'tmp_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'"
        schema = try database.rows(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE \(own) ORDER BY type, name")
        tables = [:]
        for row in try database.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND \(own)") {
            guard case .text(let bytes)? = row.first else { continue }
            let name = String(decoding: bytes, as: UTF8.self)
            tables[name] = try database.rows("SELECT * FROM \"\(name)\" ORDER BY 1")
        }
    }
}

/// The states that a source had, one after the other.
final class RemoteStates: Sendable {
    private let states = Mutex<[RemoteState]>([])

    var all: [RemoteState] { states.withLock { $0 } }

    func note(_ database: Database) throws {
        var state = try RemoteState(database)
        states.withLock { states in
            // What has not changed is kept once.
            for (name, rows) in states.last?.tables ?? [:] where state.tables[name] == rows {
                state.tables[name] = rows
            }
            states.append(state)
        }
    }

    /// What a backup says of itself, or of the source, and is not so; empty for one that tells the truth.
    func lies(of trip: RemoteRoundTrip) throws -> [String] {
        let restored = try RemoteState(Database(path: trip.path, access: .readOnly))
        let states = all
        guard let consistency = trip.manifest.snapshot.consistency else { return ["it says nothing of consistency"] }
        var lies: [String] = []
        if trip.manifest.snapshot.consistent != (consistency.kind == .consistent) {
            lies.append("it calls itself consistent where it is \(consistency.words), or the other way round")
        }
        if consistency.kind == .consistent, !states.contains(restored) {
            lies.append("it calls itself consistent, and is none of the \(states.count) states that the source had")
        }
        if !states.contains(where: { $0.schema == restored.schema }) { lies.append("the source never had its schema") }
        let moving = Set(consistency.tables.map { $0.description })
        for (name, rows) in restored.tables {
            let known = Self.different(states.compactMap { $0.tables[name] })
            let isWhole = consistency.kind == .unchecked || moving.contains(name) || known.contains(rows)
            if !isWhole { lies.append("\(name) is none of the states that it had, and nothing says so") }
            let single = Set(known.flatMap { $0 }.map { Self.key(of: $0) })
            let invented = rows.count(where: { !single.contains(Self.key(of: $0)) })
            if invented > 0 { lies.append("\(invented) rows of \(name) were never in the source") }
        }
        return lies
    }

    /// Without those that are as the one before them.
    private static func different(_ tables: [[[SQLValue]]]) -> [[[SQLValue]]] {
        var different: [[[SQLValue]]] = []
        for rows in tables where different.last != rows { different.append(rows) }
        return different
    }

    private static func key(of row: [SQLValue]) -> [UInt8] {
        row.flatMap { value -> [UInt8] in
            switch value {
            case .null: Array("n;".utf8)
            case .integer(let integer): Array("i\(integer);".utf8)
            case .real(let real): Array("r\(real.bitPattern);".utf8)
            case .text(let bytes): Array("t\(bytes.count);".utf8) + bytes
            case .blob(let bytes): Array("b\(bytes.count);".utf8) + bytes
            }
        }
    }
}
