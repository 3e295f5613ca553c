import Appliance
import ArgumentParser
import Catalog
import Model
import Restore

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the backups, read from the stores.",
        discussion: """
            Works on any machine that has the stores' credentials. Where a store cannot be
            reached, the others' backups are listed, and the exit code is 69.
            """)

    private struct Row: Encodable {
        var id: String
        var database: String
        var store: String
        var createdAt: String
        var storedBytes: Int64
        /// nil where it is encrypted, and nothing here opens it.
        var tables: Int?
        var rows: Int64?
        /// Whether tables and rows are not known for that.
        var encrypted: Bool?
        var state: String
        var provedAt: String?
        /// Whether all rows are known to be from one moment; nil where the manifest could not be read.
        var consistent: Bool?
        /// What is proved of that; nil for files.
        var consistency: String?
        var excluded: [String] = []
        /// Why the manifest could not be read; `tables` and `rows` say nothing then.
        var error: String?
        var notes: [String] = []
    }

    private struct Answer: Encodable {
        struct StoreFailure: Encodable {
            var store: String
            var error: FailureText
        }

        struct Elsewhere: Encodable {
            var store: String
            var backups: Int
        }

        var backups: [Row]
        /// What the catalog knows of stores that are configured no longer; left out where there is nothing.
        var elsewhere: [Elsewhere]?
        /// Stores that could not be asked; left out where there are none.
        var failures: [StoreFailure]?
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Only the backups of this database.")
    var name: String?

    func run() async throws {
        let answer = try await options.withAppliance { appliance in
            let listing = try await BackupLocator(appliance: appliance).survey(database: name)
            var rows: [Row] = []
            for found in listing.found { rows.append(try await row(found)) }
            let failures = listing.failures.map {
                Answer.StoreFailure(store: $0.storeName, error: FailureText(describing: $0.error))
            }
            let elsewhere = try await elsewhere(appliance)
            return Answer(
                backups: rows, elsewhere: elsewhere.isEmpty ? nil : elsewhere,
                failures: failures.isEmpty ? nil : failures)
        }
        if options.json { Output.json(answer) } else { show(answer) }
        guard let failures = answer.failures else { return }
        for failure in failures {
            let message = "the backups in the store \(failure.store) are not in this list: \(failure.error.message)"
            Output.complain(FailureText(describing: NightjarError(.unreachable, message, hint: failure.error.hint)))
        }
        throw ReportedFailure(code: .unreachable)
    }

    /// Where there is a catalog that can be read.
    private func elsewhere(_ appliance: Appliance) async throws -> [Answer.Elsewhere] {
        guard let catalog = try? await appliance.readCatalog() else { return [] }
        let known = try? await catalog.allBackups()
        await catalog.close()
        var counts: [String: Int] = [:]
        for backup in known ?? [] where name == nil || backup.database == name {
            guard !appliance.stores.names.contains(backup.store) else { continue }
            counts[backup.store, default: 0] += 1
        }
        return counts.sorted { $0.key < $1.key }.map { Answer.Elsewhere(store: $0.key, backups: $0.value) }
    }

    private func show(_ answer: Answer) {
        defer {
            for other in answer.elsewhere ?? [] {
                Output.line(
                    "The store \(other.store) is configured no longer; the catalog knows "
                        + "\(CountText.format(Int64(other.backups), "backup")) in it.")
            }
        }
        guard !answer.backups.isEmpty else {
            let place = answer.failures == nil ? "" : " in the stores that could be asked"
            Output.line("No backups\(name.map { " of \($0)" } ?? "")\(place).")
            return
        }
        TextTable(
            ["BACKUP", "DATABASE", "STORE", "TIME (UTC)", "STORED", "ROWS", "STATE"],
            answer.backups.map { row in
                [
                    row.id, row.database, row.store, row.createdAt, SizeText.format(row.storedBytes),
                    row.error == nil ? row.rows.map { CountText.format($0) } ?? "encrypted" : "?", Self.words(row),
                ]
            }, rightAligned: [4, 5]
        ).print()
        for row in answer.backups {
            for note in row.notes { Output.errorLine("nightjar: \(row.database)/\(row.id): \(note)") }
        }
    }

    /// `proved`, `proved, NOT PROVED CONSISTENT: changed while read: orders`
    private static func words(_ row: Row) -> String {
        guard row.error == nil, row.consistent == false else { return row.error ?? row.state }
        return "\(row.state), NOT PROVED CONSISTENT\(row.consistency.map { ": \($0)" } ?? "")"
    }

    /// A manifest that cannot be read is a row with its reason, not the end of the list.
    private func row(_ found: BackupLocator.Found) async throws -> Row {
        let standing = try await found.standing()
        var row = Row(
            id: found.entry.keys.id.description, database: found.entry.keys.database, store: found.storeName,
            createdAt: found.entry.keys.id.time.text, storedBytes: found.entry.size, tables: 0, rows: 0,
            state: standing.state.rawValue, provedAt: standing.provedAt?.text, notes: standing.notes)
        do {
            guard case .open(let manifest) = try await found.storedManifest() else {
                row.encrypted = true
                row.rows = nil
                row.tables = nil
                return row
            }
            row.tables = manifest.tables.count
            row.rows = manifest.rows
            row.consistent = manifest.snapshot.warning == nil
            row.consistency = manifest.snapshot.consistency?.words
            row.excluded = manifest.excluded.map { $0.name.description }
        } catch {
            try Task.checkCancellation()
            let code = (error as? any Failure)?.code
            if code == .difference { row.state = BackupState.failed.rawValue }
            row.error =
                switch code {
                case .difference: "damaged manifest"
                case .configuration: "written by a newer Nightjar"
                case .missing: "deleted meanwhile"
                default: "unreadable manifest"
                }
            if row.error == "unreadable manifest" || code == .difference {
                row.notes.append(FailureText(describing: error).message)
            }
        }
        return row
    }
}
