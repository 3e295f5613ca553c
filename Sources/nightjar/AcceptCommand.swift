import Appliance
import ArgumentParser
import Catalog
import Dump
import Model

struct AcceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "End a freeze: let retention delete again, after a person has looked.",
        discussion: """
            A found difference, a backup that shrank, and a rebuilt catalog freeze deletion.
            Look first: nightjar status, nightjar list <name>, nightjar verify <name>.
            Backups from the newest one on are what later ones are compared with.
            """)

    private struct Answer: Encodable {
        var database: String
        var wasFrozen: Bool
        var reason: String?
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The database.")
    var name: String

    func run() async throws {
        let answer = try await options.withCatalog { _, catalog -> Answer in
            guard let record = try await catalog.database(named: name) else {
                throw NightjarError(
                    .missing, "the catalog knows no database \(name)", hint: "See what it knows with: nightjar status")
            }
            let baseline = try await catalog.backups(of: name).first?.id
            let wasFrozen = try await catalog.accept(name, baseline: baseline, at: Timestamp.now)
            let reason = record.frozen?.reason
            try await catalog.add(
                EventRecord(
                    at: .now, kind: .retentionAccepted, database: name, text: reason ?? "there was no freeze"))
            return Answer(database: name, wasFrozen: wasFrozen, reason: reason)
        }
        if options.json {
            Output.json(answer)
        } else if let reason = answer.reason {
            Output.line("\(name): retention deletes again. It was frozen because \(reason).")
        } else {
            Output.line("\(name) was not frozen; later backups are compared with those from the newest one on.")
        }
    }
}
