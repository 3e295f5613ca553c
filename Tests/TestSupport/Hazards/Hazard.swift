import SQLite

/// A source database that is hard to carry over, and what may be expected of its backup.
package struct Hazard: Sendable, CustomStringConvertible {
    package typealias Build = @Sendable (Database) throws -> Void

    package let name: String
    private let build: Build
    /// Schema of the application's own: the plain sqlite3 shell cannot import it.
    package private(set) var isExemptFromShell = false
    /// The schema uses what `TestApplication` brings along.
    package private(set) var needsApplication = false
    /// The connection that wrote the source stays open while it is backed up.
    package private(set) var staysOpen = false
    /// Rows that SQL cannot carry unchanged, as the manifest has to count them.
    package private(set) var changedRows = 0
    /// Rows that differ afterwards.
    package private(set) var differingRows = 0
    /// A comment behind a statement may end otherwise than it did.
    package private(set) var hasOpenComments = false
    /// Further keys of the database's entry in the configuration, a line each.
    package private(set) var settings: [String] = []
    /// Queries that have to give the same on the source and on what comes back.
    package private(set) var queries: [String] = []

    package init(_ name: String, build: @escaping Build) {
        self.name = name
        self.build = build
    }

    /// A source that a script makes.
    package init(_ name: String, _ sql: String) {
        self.init(name) { database in try database.execute(sql) }
    }

    package var description: String { name }

    /// Makes the source.
    /// - Returns: The writer's connection where it has to stay open.
    package func make(at path: String) throws -> Database? {
        let database = try Database(path: path, access: .create)
        if needsApplication { try TestApplication.register(on: database) }
        try build(database)
        return staysOpen ? database : nil
    }

    /// How a copy is compared with the source.
    package func comparison(_ scope: LogicalComparison.Scope) -> LogicalComparison {
        var comparison = LogicalComparison(scope)
        comparison.needsApplication = needsApplication
        comparison.ignoresTrailingComments = hasOpenComments
        comparison.differingRows = differingRows
        comparison.queries = queries
        return comparison
    }
}

extension Hazard {
    private func with(_ change: (inout Hazard) -> Void) -> Hazard {
        var copy = self
        change(&copy)
        return copy
    }

    func exemptFromShell() -> Hazard { with { $0.isExemptFromShell = true } }

    func keptOpen() -> Hazard { with { $0.staysOpen = true } }

    func configured(_ settings: String...) -> Hazard { with { $0.settings += settings } }

    func querying(_ queries: String...) -> Hazard { with { $0.queries += queries } }

    func withOpenComments() -> Hazard { with { $0.hasOpenComments = true } }

    /// Rows that come back otherwise; the manifest says so.
    func changing(rows: Int) -> Hazard {
        with {
            $0.changedRows = rows
            $0.differingRows = rows
        }
    }

    /// With `TestApplication`; the shell has neither its function nor its collation.
    func withApplication() -> Hazard {
        with {
            $0.needsApplication = true
            $0.isExemptFromShell = true
        }
    }
}

extension Hazard {
    /// Every hazard that is small enough for each test run.
    package static let all: [Hazard] = themes.flatMap { $0 }

    private static let themes: [[Hazard]] = [
        numbers, texts, utf16, names, rowids, withoutRowid, columns, constraints, schemas, triggers, virtualTables,
        statistics, applications, files, sizes,
    ]
}
