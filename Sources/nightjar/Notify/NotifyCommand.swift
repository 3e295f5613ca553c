import ArgumentParser

struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Try the channels out, and see what waits and what did not arrive.",
        usage: "nightjar notify <subcommand> [--config <path>] [--json]",
        subcommands: [
            NotifyTestCommand.self, NotifyListCommand.self, NotifyRetryCommand.self, NotifyDropCommand.self,
        ])
}
