import ArgumentParser

struct NotifyDropCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Forget a message that was given up.")

    private struct Answer: Encodable {
        var dropped: Int64
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The message's number, as `nightjar notify list --dead` shows it.")
    var message: Int64

    func run() async throws {
        try await options.withNotifications { try await $0.drop(message) }
        if options.json {
            Output.json(Answer(dropped: message))
        } else {
            Output.line("Message \(message) is forgotten.")
        }
    }
}
