import Appliance
import ArgumentParser
import Model

struct NotifyRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Try messages again that were given up, and wake their channel.",
        usage: """
            nightjar notify retry <message or channel> [--config <path>] [--json]
            nightjar notify retry --all [--config <path>] [--json]
            """,
        discussion: "They go out in their old order, by the daemon, or with the next `backup` where none works.")

    private struct Answer: Encodable {
        /// How many messages are tried again.
        var retried: Int
    }

    @OptionGroup var options: GlobalOptions

    @Argument(
        help: ArgumentHelp(
            "A message's number, or a channel: all of its messages, and it rests no longer.",
            valueName: "message or channel"), completion: .channels)
    var target: String?

    @Flag(name: .long, help: "All messages of all channels.")
    var all = false

    func validate() throws {
        if (target == nil) != all {
            throw ValidationError("Name a message or a channel, or say --all.")
        }
    }

    func run() async throws {
        let count = try await options.withNotifications { try await retry($0) }
        if options.json {
            Output.json(Answer(retried: count))
        } else if count == 0 {
            Output.line("No message\(target.map { " to \($0)" } ?? "") was given up.")
        } else {
            Output.line("\(CountText.format(Int64(count), "message")) \(count == 1 ? "is" : "are") tried again.")
        }
    }

    /// - Returns: How many messages are tried again.
    private func retry(_ notifications: NotificationsAccess) async throws -> Int {
        if let id = target.flatMap({ Int64($0) }) {
            try await notifications.retry(id)
            return 1
        }
        let overview = try await notifications.overview()
        let resting = Set(overview.channels.filter(\.isResting).map(\.name))
        // Where none is named, those of channels too that are configured no longer.
        let dead = overview.channels.filter { $0.dead > 0 }.map(\.name) + overview.dead.map(\.channel)
        let names = target.map { [$0] } ?? Set(dead).union(resting).sorted()
        var count = 0
        for name in names {
            if resting.contains(name) { try await notifications.wake(name) }
            count += try await notifications.retryAll(of: name)
        }
        return count
    }
}
