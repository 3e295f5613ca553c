import Appliance
import ArgumentParser
import Model
import Settings

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

    @Flag(name: .long, help: "All messages of all channels that are configured.")
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
        if let target {
            // A channel may be called by a number, too.
            let isChannel = notifications.configuration.notify.contains { $0.name == target }
            guard !isChannel, let id = Int64(target) else { return try await notifications.retryAll(of: target) }
            try await notifications.retry(id)
            return 1
        }
        var count = 0
        for channel in try await notifications.overview().channels where !channel.isRemoved {
            guard channel.dead > 0 || channel.isResting else { continue }
            count += try await notifications.retryAll(of: channel.name)
        }
        return count
    }
}
