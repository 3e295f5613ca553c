import Appliance
import ArgumentParser
import Model

struct NotifyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a sample on a channel, or on all of them, and say what came of it.",
        discussion: """
            The sample is sent at once and once only: it does not wait behind other messages.
            Exit code 69 where one was not delivered.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A channel; all of them where none is named.", completion: .channels)
    var channel: String?

    func run() async throws {
        let results = try await options.withNotifications { notifications -> [ChannelTest] in
            var results: [ChannelTest] = []
            for name in try channel.map({ [$0] }) ?? notifications.configuredChannels() {
                for result in try await notifications.test(name) {
                    if !options.json { show(result) }
                    results.append(result)
                }
            }
            return results
        }
        if options.json { Output.json(["tests": results]) }
        if results.contains(where: { !$0.isDelivered }) { throw ReportedFailure(code: .unreachable) }
    }

    private func show(_ result: ChannelTest) {
        if result.isDelivered {
            Output.line("\(result.channel): delivered.")
        } else {
            Output.line("\(result.channel): NOT delivered: \(result.words)")
        }
    }
}
