import Model
import Notify
import Settings

/// Whether the channels' hosts may be called, and are there. Nothing is sent: `nightjar notify test` does that.
extension Doctor {
    /// - Throws: Only where the task was cancelled.
    func examine(_ channel: ChannelSettings) async throws -> Finding {
        let subject = "channel \(channel.name)"
        if let file = channel.caFile, let finding = unreadable(caFile: file, subject) { return finding }
        do {
            let address = try await address(of: channel)
            return good(subject, "\(ChannelWords(channel).line); its address is \(address)")
        } catch {
            try Task.checkCancellation()
            return problem(
                subject,
                NightjarError(
                    error.isTransient ? .unreachable : .configuration, error.message, hint: error.hint, cause: error))
        }
    }

    /// Where a message would go; the same look that comes before each attempt.
    private func address(of channel: ChannelSettings) async throws(TargetRefusal) -> IPAddress {
        let text: String
        switch channel.kind {
        case .webhook(let url, _), .slack(let url), .discord(let url), .ntfy(let url, _): text = url.value
        // What stands for the database is no character of a URL, and changes no host.
        case .healthchecks(let url): text = HealthcheckSlug.url(url.value, for: "database")
        case .email(let settings): return try await address(ofMailServer: settings.host)
        }
        let guardian = TargetGuard(channel: channel, resolver: resolver)
        return try await guardian.target(of: guardian.read(text)).address
    }

    /// Mail servers may be of a private network.
    private func address(ofMailServer host: String) async throws(TargetRefusal) -> IPAddress {
        if let address = IPAddress(host) { return address }
        guard let address = try await resolver.addresses(of: host).first else {
            throw TargetRefusal("the host \(host) has no address", isTransient: true)
        }
        return address
    }
}
