import Dump
import Glibc
import Model
import Settings

/// A database's rows as plain files in a folder: neither a backup nor an object of a store, and without a manifest.
///
/// The database is only read, and no run's lock is taken: it may be backed up meanwhile. Its store is not asked.
package struct PlainExport: Sendable {
    package struct Options: Sendable {
        /// Made where it is not there.
        package var directory: String
        package var format: DumpFormat
        package var compression: Compression
        /// The only ones that are wanted, be they excluded or not, with their indexes; empty for all that are not excluded.
        package var tables: [String]
        /// Whether files that are there are replaced.
        package var force: Bool

        package init(
            directory: String, format: DumpFormat = .csv, compression: Compression = .none, tables: [String] = [],
            force: Bool = false
        ) {
            self.directory = directory
            self.format = format
            self.compression = compression
            self.tables = tables
            self.force = force
        }
    }

    /// What makes the tables that a dump of rows needs, beside it.
    private static let schemaFile = "schema.sql"

    package let appliance: Appliance
    /// Its name in the configuration.
    package let database: String
    package let options: Options
    package let progress: RunProgress

    package init(appliance: Appliance, database: String, options: Options, progress: RunProgress) {
        self.appliance = appliance
        self.database = database
        self.options = options
        self.progress = progress
    }

    /// - Throws: code `missing` where there is no such database or table, `exists` where a file is there already or nothing
    ///   can be made there, `io` where a file cannot be written, `usage` where a table does not go by itself; else what
    ///   reading the source throws. No new file is left then; with `force`, files may have been replaced.
    package func run() async throws -> Outcome {
        let start = ContinuousClock.now
        var settings = try appliance.database(database)
        settings.format = options.format
        settings.compression = options.compression
        if let own = options.tables.first(where: { SQLText($0).hasPrefixIgnoringCase("sqlite_") }) {
            throw NightjarError(.usage, "\(own) is a table of SQLite's own and cannot be exported by itself")
        }
        let keys = DumpKeys(filesOf: settings.name, settings.format, settings.compression)
        let folder = try ExportFolder(options.directory, force: options.force)
        defer { folder.remove() }
        // That of all tables says more than that of a few.
        let needsSchema =
            !settings.format.canHoldSchema && (options.tables.isEmpty || !folder.has(Self.schemaFile))
        let schemaFiles = needsSchema ? [Self.schemaFile] : []
        // The tables' own are known when there is a snapshot.
        try folder.refuseTaken((settings.format.hasObjectPerTable ? [] : [keys.root]) + schemaFiles)
        let (manifest, schemaBytes) = try await write(settings, keys, to: folder, withSchema: needsSchema)
        try Task.checkCancellation()
        try folder.publish(manifest.objects.map(\.key) + schemaFiles)
        var files = Self.files(of: manifest)
        if let schemaBytes { files.append(.init(name: Self.schemaFile, table: nil, rows: nil, bytes: schemaBytes)) }
        return Outcome(manifest, files, in: options.directory, seconds: (ContinuousClock.now - start).seconds)
    }

    // MARK: Writing

    /// Writes all files into the hidden folder.
    /// - Returns: What is said of them, and the bytes of the schema's file, where there is one.
    private func write(
        _ settings: DatabaseSettings, _ keys: DumpKeys, to folder: ExportFolder, withSchema: Bool
    ) async throws -> (Manifest, schemaBytes: Int64?) {
        let started = Timestamp.now
        do {
            let exported = try await export(settings, keys, to: folder)
            var manifest = settings.manifest(
                of: exported, id: BackupID(time: started), applianceID: "", started: started)
            manifest.options.recipients = nil
            // Whoever names tables knows that the others are left out.
            if !options.tables.isEmpty { manifest.excluded = [] }
            return (manifest, withSchema ? try writeSchema(of: manifest, to: folder) : nil)
        } catch let failure as PlainFile.Failure {
            throw explained(failure)
        }
    }

    private func export(
        _ settings: DatabaseSettings, _ keys: DumpKeys, to folder: ExportFolder
    ) async throws -> Export.Result {
        var exportOptions = appliance.exportOptions(of: settings)
        // Whoever asks for plain files wants them plain.
        exportOptions.recipients = []
        if !options.tables.isEmpty { exportOptions.exclude = [Glob(allBut: options.tables.map { SQLText($0) })] }
        let exclude = exportOptions.exclude
        let source = InspectedSource(source: appliance.exportSource(of: settings)) { schema, excluded in
            try checkTables(schema, excluded)
            guard settings.format.hasObjectPerTable else { return }
            let tables = schema.selection(excluding: exclude).entries.compactMap(\.ordinaryTable)
            try folder.refuseTaken(tables.enumerated().map { keys.object(ofTable: $0.element, number: $0.offset) })
        }
        return try await withWorkDirectory { [exportOptions] work in
            try await FileExport(
                source: source, keys: keys, folder: folder.workPath, workDirectory: work, options: exportOptions,
                progress: progress
            ).run()
        }
    }

    /// - Throws: code `missing` where there is no table that was named, `usage` where it does not go by itself.
    private func checkTables(_ schema: Schema, _ excluded: [Manifest.Excluded]) throws(NightjarError) {
        for name in options.tables {
            let folded = SQLText(name).folded
            let found = schema.entries.first { $0.object.type == "table" && $0.object.name.folded == folded }
            guard let found else {
                let known = schema.entries.compactMap(\.ordinaryTable) + excluded.map(\.name)
                throw .noTable(name, in: database, having: known.map { "\($0)" })
            }
            guard found.ordinaryTable != nil else {
                throw NightjarError(
                    .usage, "\(name) is a virtual table, or holds the data of one, and cannot be exported by itself",
                    hint: "Export all tables as SQL: leave --table out, and say --format sql.")
            }
        }
    }

    /// - Returns: Its bytes.
    private func writeSchema(of manifest: Manifest, to folder: ExportFolder) throws -> Int64 {
        let script = try SchemaScript(of: manifest)
        let border = "-- The rows belong here: what follows is better made when they are there.\n"
        let bytes = script.head + Array(border.utf8) + script.tail
        let file = try PlainFile(Self.schemaFile, in: folder.workPath)
        try bytes.withUnsafeBytes { try file.append($0) }
        try file.finish()
        return Int64(bytes.count)
    }

    private func explained(_ failure: PlainFile.Failure) -> NightjarError {
        NightjarError(
            .io,
            "\(failure.name) could not be written into \(options.directory): "
                + String(cString: strerror(failure.errorNumber)),
            hint: "Look at the disk of that directory, or choose another one.",
            lacksSpace: [ENOSPC, EDQUOT].contains(failure.errorNumber))
    }

    /// Runs `body` with a folder in the scratch directory, for sources that have to be copied. Root stays root, because the
    /// files belong to whoever asked; so the folders that are made here are given to the service's user.
    private func withWorkDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let scratch = appliance.configuration.scratchDirectory
        let isNew = access(scratch, F_OK) != 0
        return try await appliance.withWorkDirectory { folder in
            if isNew { PrivateFolder.giveToOwner(of: appliance.configuration.stateDirectory, [scratch]) }
            PrivateFolder.giveToOwner(of: scratch, [folder, "\(folder)/lock"])
            return try await body(folder)
        }
    }

    private static func files(of manifest: Manifest) -> [Outcome.File] {
        guard manifest.options.format.hasObjectPerTable else {
            return manifest.objects.map { .init(name: $0.key, table: nil, rows: manifest.rows, bytes: $0.size) }
        }
        return manifest.tables.map { table in
            let object = manifest.object(of: table)
            return .init(name: object.key, table: table.name, rows: table.rows, bytes: object.size)
        }
    }
}

extension Schema.Entry {
    /// Its name where it is a table, and neither a virtual one, nor one that holds the data of such, nor SQLite's own.
    fileprivate var ordinaryTable: SQLText? {
        guard case .table(let layout) = kind, !isMadeByModule, !layout.name.hasPrefixIgnoringCase("sqlite_") else {
            return nil
        }
        return layout.name
    }
}
