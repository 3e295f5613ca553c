import Catalog
import Logging
import Model
import Notify
import Restore
import Settings

/// The channels of the configuration, and the catalog's outbox.
extension Appliance {
    /// Has every event from now on put what the channels are to be told into the outbox, in the event's own transaction.
    /// A channel that rests wakes where the configuration has it lead elsewhere.
    /// - Parameter onMessage: Called when a message is in the outbox.
    func subscribe(_ catalog: Catalog, onMessage: (@Sendable () -> Void)? = nil) async throws {
        guard !configuration.notify.isEmpty else { return await catalog.subscribe(nil, onMessage: onMessage) }
        let router = NoticeRouter(
            channels: configuration.notify, host: HostName.current, publicURL: pageURL, applianceID: try applianceID())
        await catalog.subscribe(router, onMessage: onMessage)
        for record in try await catalog.channelRecords() where record.restingSince != nil {
            guard let channel = configuration.notify.first(where: { $0.name == record.name }),
                channel.fingerprint != record.fingerprint
            else { continue }
            try await catalog.wake(channel: record.name)
        }
    }

    /// What sends what is due.
    /// - Parameters:
    ///   - channels: As they are when something is sent: a reload changes them.
    ///   - http: The same of what decides where callbacks may go.
    func courier(
        of catalog: Catalog, channels: @escaping @Sendable () async -> [ChannelSettings],
        http: @escaping @Sendable () async -> HTTPSettings, log: Logger
    ) throws -> Courier {
        Courier(catalog: catalog, channels: channels, http: http, applianceID: try applianceID(), log: log)
    }

    /// What links in messages begin with; empty where the page is called from nowhere but this machine.
    var pageURL: String { configuration.http.publicURL ?? "" }

    func applianceID() throws -> String {
        try StateDirectory(path: configuration.stateDirectory).applianceID()
    }
}
