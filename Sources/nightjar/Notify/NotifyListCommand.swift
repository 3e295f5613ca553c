import Appliance
import ArgumentParser
import Dump
import Model

struct NotifyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the channels, and the messages that wait or were given up.")

    @OptionGroup var options: GlobalOptions

    @Flag(name: .long, help: "Only the messages that were given up.")
    var dead = false

    func run() async throws {
        let overview = try await options.withNotifications { try await $0.overview() }
        if options.json {
            if dead { Output.json(["dead": overview.dead]) } else { Output.json(overview) }
        } else if dead {
            showDead(overview)
        } else {
            show(overview, now: Timestamp.now)
        }
    }

    private func show(_ overview: NotificationsOverview, now: Timestamp) {
        guard !overview.channels.isEmpty else { return Output.line("No channels yet: add one under `notify:`.") }
        let rows = overview.channels.map { channel in
            [
                channel.name, channel.kind, channel.host, channel.events, CountText.format(Int64(channel.pending)),
                CountText.format(Int64(channel.held)), CountText.format(Int64(channel.dead)),
                channel.lastDelivered.map { AgeText.format($0, now: now) } ?? "never",
            ]
        }
        TextTable(
            ["CHANNEL", "KIND", "HOST", "TOLD OF", "WAITING", "DIGEST", "GIVEN UP", "LAST DELIVERED"], rows,
            rightAligned: [4, 5, 6]
        ).print()
        if !overview.waiting.isEmpty {
            Output.line()
            TextTable(
                ["MESSAGE", "CHANNEL", "WHAT", "ATTEMPTS", "NEXT TRY", "LAST ERROR"],
                overview.waiting.map { message in
                    [
                        String(message.id), message.channel, message.title, CountText.format(Int64(message.attempts)),
                        message.nextTry.map { $0 > now ? AgeText.format($0, now: now) : "now" } ?? "",
                        message.lastError ?? "",
                    ]
                }, rightAligned: [3]
            ).print()
        }
        for sentence in overview.channels.flatMap(\.troubles) { Output.line(sentence) }
        if overview.channels.contains(where: { $0.dead > 0 }) {
            Output.line("See them: nightjar notify list --dead")
        }
    }

    private func showDead(_ overview: NotificationsOverview) {
        guard !overview.dead.isEmpty else { return Output.line("No message was given up.") }
        TextTable(
            ["MESSAGE", "CHANNEL", "WHAT", "TIME (UTC)", "ATTEMPTS", "WHY"],
            overview.dead.map { message in
                [
                    String(message.id), message.channel, message.title, message.createdAt.text,
                    CountText.format(Int64(message.attempts)), message.lastError ?? "",
                ]
            }, rightAligned: [4]
        ).print()
        let all = overview.channels.reduce(0) { $0 + $1.dead }
        if all > overview.dead.count {
            Output.line("The newest \(overview.dead.count) of \(CountText.format(Int64(all))).")
        }
        Output.line("Try one again, or all of a channel: nightjar notify retry <message or channel>")
    }
}
