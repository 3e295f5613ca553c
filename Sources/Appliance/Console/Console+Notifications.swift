import Model

/// Messages to people and programs: what becomes of them, and what is done about it.
extension Console {
    private var access: Notifications {
        get async { Notifications(appliance: await daemon.appliance, catalog: catalog) }
    }

    package func notifications() async throws -> NotificationsOverview {
        try await access.overview()
    }

    /// The channels of it alone, which are had for less.
    package func channels() async throws -> [NotificationsOverview.Channel] {
        try await access.channels()
    }

    /// - Returns: nil where there is no such message, or where it is forgotten.
    package func notification(_ id: Int64) async throws -> NotificationsOverview.Message? {
        try await access.message(id)
    }

    /// Has a message that was given up tried again.
    package func retryDelivery(_ id: Int64) async throws {
        try await access.retryDelivery(id)
        daemon.look()
    }

    /// The same with all of a channel.
    /// - Returns: How many.
    package func retryDeliveries(of channel: String) async throws -> Int {
        let count = try await access.retryDeliveries(of: channel)
        daemon.look()
        return count
    }

    /// Forgets a message that was given up.
    package func dropDelivery(_ id: Int64) async throws {
        try await access.dropDelivery(id)
        cache.expire()
    }

    /// Ends a channel's rest.
    package func wakeChannel(_ name: String) async throws {
        try await access.wakeChannel(name)
        daemon.look()
    }

    /// Sends a sample to a channel, or to all of them.
    package func testChannel(_ name: String?) async throws -> [ChannelTest] {
        let results = try await access.testChannel(name)
        daemon.look()
        return results
    }
}
