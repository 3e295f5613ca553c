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

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The database.")
    var name: String

    func run() async throws {
        let answer = try await options.withDaemon { appliance, daemon -> AcceptAnswer in
            if let daemon { return try await ask(daemon) }
            return try await options.withCatalog(of: appliance) { catalog in
                let outcome = try await catalog.acceptAndTell(name, at: Timestamp.now)
                return AcceptAnswer(database: name, wasFrozen: outcome.wasFrozen, reason: outcome.reason)
            }
        }
        if options.json {
            Output.json(answer)
        } else if let reason = answer.reason {
            Output.line("\(name): retention deletes again. It was frozen because \(reason).")
        } else {
            Output.line("\(name) was not frozen; later backups are compared with those from the newest one on.")
        }
    }

    private func ask(_ daemon: ControlClient) async throws -> AcceptAnswer {
        let path = "/api/v1/databases/\(PathSegment.encode(name))/accept"
        let answer = try await daemon.post(path, [String: String]())
        return try ControlClient.read(AcceptAnswer.self, from: answer, of: "POST \(path)")
    }
}
