import Appliance
import ArgumentParser
import Model
import Restore

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the backups, read from the stores.",
        discussion: "Works on any machine that has the stores' credentials.")

    private struct Row: Encodable {
        var id: String
        var database: String
        var store: String
        var createdAt: String
        var storedBytes: Int64
        var tables: Int
        var rows: Int64
        var state: String
        var provedAt: String?
        var error: String?
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Only the backups of this database.")
    var name: String?

    func run() async throws {
        let rows = try await options.withAppliance { appliance in
            var rows: [Row] = []
            for found in try await BackupLocator(appliance: appliance).all(database: name) {
                rows.append(try await row(found))
            }
            return rows
        }
        if options.json {
            Output.json(["backups": rows])
        } else if rows.isEmpty {
            Output.line("No backups\(name.map { " of \($0)" } ?? "").")
        } else {
            TextTable(
                ["BACKUP", "DATABASE", "STORE", "TIME (UTC)", "STORED", "ROWS", "STATE"],
                rows.map { row in
                    [
                        row.id, row.database, row.store, row.createdAt, SizeText.format(row.storedBytes),
                        CountText.format(row.rows), row.error ?? row.state,
                    ]
                }, rightAligned: [4, 5]
            ).print()
        }
    }

    /// A damaged manifest is a row with its reason, not the end of the list.
    private func row(_ found: BackupLocator.Found) async throws -> Row {
        var row = Row(
            id: found.entry.keys.id.description, database: found.entry.keys.database, store: found.storeName,
            createdAt: found.entry.keys.id.time.text, storedBytes: found.entry.size, tables: 0, rows: 0,
            state: BackupState.failed.rawValue)
        do {
            let manifest = try await found.manifest()
            row.tables = manifest.tables.count
            row.rows = manifest.rows
            let report = try await found.newestReport()
            row.state = BackupState(report: report).rawValue
            row.provedAt = report?.outcome == .proved ? report?.finishedAt.text : nil
        } catch let error as NightjarError where error.code == .difference {
            row.error = "damaged manifest"
        }
        return row
    }
}
