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
        discussion: """
            They go out in their old order: by the daemon, or where none works with the
            next backup.
            """)

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
        if let target { return try await notifications.retryAll(of: target) }
        var count = 0
        for channel in try await notifications.overview().channels where channel.dead > 0 || channel.isResting {
            count += try await notifications.retryAll(of: channel.name)
        }
        return count
    }
}
