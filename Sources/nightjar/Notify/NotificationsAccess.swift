import Appliance
import HTTPClient
import Model
import Settings

/// The notifications of the daemon that works, or of this process where none does.
struct NotificationsAccess {
    enum Worker {
        case daemon(ControlClient)
        case own(Notifications)
    }

    private struct Tests: Decodable {
        var tests: [ChannelTest]
    }

    private struct Retried: Decodable {
        var retried: Int
    }

    /// Longer than a receiver, or a mail server, may take for an answer.
    private static let testPatience = Duration.seconds(180)

    let worker: Worker
    let configuration: Configuration

    /// - Throws: Code `missing` where there is none.
    func configuredChannels() throws -> [String] {
        guard !configuration.notify.isEmpty else {
            throw NightjarError(
                .missing, "there is no channel in \(configuration.path)", hint: "Add one under `notify:`.")
        }
        return configuration.notify.map(\.name)
    }

    func overview() async throws -> NotificationsOverview {
        switch worker {
        case .daemon(let daemon):
            return try await daemon.get("/api/v1/notifications", as: NotificationsOverview.self)
        case .own(let notifications):
            return try await notifications.overview()
        }
    }

    /// Sends a sample on a channel.
    /// - Throws: Code `missing` where there is no such channel.
    func test(_ channel: String) async throws -> [ChannelTest] {
        switch worker {
        case .daemon(let daemon):
            return try await ask(daemon, channel, "test", as: Tests.self, patience: Self.testPatience).tests
        case .own(let notifications):
            return try await notifications.testChannel(channel)
        }
    }

    /// Has a message tried again that was given up; its channel rests no longer.
    func retry(_ message: Int64) async throws {
        switch worker {
        case .daemon(let daemon):
            _ = try await daemon.post("/api/v1/notifications/\(message)/retry", [String: String]())
        case .own(let notifications):
            try await notifications.retryDelivery(message)
        }
    }

    /// Has all messages of a channel tried again that were given up; it rests no longer.
    /// - Returns: How many.
    func retryAll(of channel: String) async throws -> Int {
        switch worker {
        case .daemon(let daemon):
            return try await ask(daemon, channel, "retry", as: Retried.self).retried
        case .own(let notifications):
            return try await notifications.retryDeliveries(of: channel)
        }
    }

    /// Forgets a message that was given up.
    func drop(_ message: Int64) async throws {
        switch worker {
        case .daemon(let daemon): try await daemon.delete("/api/v1/notifications/\(message)")
        case .own(let notifications): try await notifications.dropDelivery(message)
        }
    }

    private func ask<Answer: Decodable>(
        _ daemon: ControlClient, _ channel: String, _ verb: String, as type: Answer.Type,
        patience: Duration = ControlClient.patience
    ) async throws -> Answer {
        let path = "/api/v1/channels/\(PathSegment.encode(channel))/\(verb)"
        do {
            let answer = try await daemon.post(path, [String: String](), patience: patience)
            return try ControlClient.read(type, from: answer, of: "POST \(path)")
        } catch let error as NightjarError where error.code == .missing {
            guard configuration.notify.contains(where: { $0.name == channel }) else { throw error }
            // This configuration has it.
            throw NightjarError(
                .missing, "the daemon does not know the channel \(channel) yet: \(error.message)",
                hint: "Have it read its configuration again: systemctl reload nightjar")
        }
    }
}

extension GlobalOptions {
    /// Runs `body` with the notifications of the daemon that works, or of this process where none does.
    func withNotifications<Result>(_ body: (NotificationsAccess) async throws -> Result) async throws -> Result {
        try await withDaemon { appliance, daemon in
            let configuration = appliance.configuration
            if let daemon {
                return try await body(NotificationsAccess(worker: .daemon(daemon), configuration: configuration))
            }
            return try await withCatalog(of: appliance) { catalog in
                let own = Notifications(appliance: appliance, catalog: catalog)
                return try await body(NotificationsAccess(worker: .own(own), configuration: configuration))
            }
        }
    }
}
