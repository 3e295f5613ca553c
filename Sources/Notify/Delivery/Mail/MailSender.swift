import HTTPClient
import Model
import Settings

/// Sends a message as a mail.
struct MailSender: Sendable {
    let resolver: any HostResolver
    /// For all of it, after the server's name was resolved.
    let timeout: Duration

    /// - Parameters:
    ///   - id: what stands in `Message-ID` before the `@`: the same at each attempt, so that a double can be known.
    ///   - time: what stands in `Date`.
    ///   - failures: how often it was tried: each attempt begins with another one of the server's addresses, for one
    ///     of them may lead nowhere.
    /// - Returns: the recipients that the server did not take, where it took others.
    func send(
        _ notice: Notice, id: String, at time: Timestamp, after failures: Int,
        by settings: ChannelSettings.EmailSettings, caFile: String?
    ) async throws(DeliveryProblem) -> [SMTPClient.RefusedRecipient] {
        let mail = Self.mail(notice, id: id, at: time, settings)
        var server = MailServer(
            host: settings.host, port: settings.port, encryption: MailServer.Encryption(settings.encryption),
            user: settings.user, password: settings.password?.value, caFile: caFile)
        let addresses = try await addresses(of: settings)
        let first = failures % addresses.count
        var left: ArraySlice<IPAddress> = addresses[first...] + addresses[..<first]
        while true {
            server.resolvedAddress = left.popFirst().map { "\($0)" }
            do {
                return try await SMTPClient().send(mail, to: server, timeout: timeout)
            } catch {
                if error.isConnectFailure && !left.isEmpty { continue }
                throw DeliveryProblem("\(error.host): \(error.detail)")
            }
        }
    }

    /// The addresses to connect to, never none. They may be of a private network, where most mail servers are; what is
    /// not encrypted goes to this machine alone, whatever the name is resolved to.
    private func addresses(of settings: ChannelSettings.EmailSettings) async throws(DeliveryProblem) -> [IPAddress] {
        let addresses: [IPAddress]
        if let address = IPAddress(settings.host) {
            addresses = [address]
        } else {
            do {
                addresses = try await resolver.addresses(of: settings.host)
            } catch {
                throw DeliveryProblem(error.line)
            }
        }
        if settings.encryption == .none, let other = addresses.first(where: { !$0.isLoopback }) {
            throw DeliveryProblem(
                "the mail server \(settings.host) has the address \(other), which is not this machine's:"
                    + " nothing is sent there without encryption")
        }
        guard !addresses.isEmpty else { throw DeliveryProblem("the host \(settings.host) has no address") }
        return addresses
    }

    static func mail(
        _ notice: Notice, id: String, at time: Timestamp, _ settings: ChannelSettings.EmailSettings
    ) -> MailMessage {
        let content = MailContent(notice)
        let from = settings.from
        let to = settings.to
        let headers = [
            (name: "From", value: from.field),
            (name: "To", value: to.map(\.field).joined(separator: ", ")),
            (name: "Subject", value: content.subject),
            (name: "Date", value: date(time)),
            (name: "Message-ID", value: "<\(id)@\(from.domain)>"),
            // So that nobody's absence is answered to it (RFC 3834, 5).
            (name: "Auto-Submitted", value: "auto-generated"),
            (name: "User-Agent", value: "nightjar/\(Tool.version)"),
        ]
        return MailMessage(
            from: from.address, to: to.map(\.address), headers: headers, text: content.text, html: content.html)
    }

    /// HTTP's form of a date, with the zone as mail wants it (RFC 5322, 3.3).
    private static func date(_ time: Timestamp) -> String {
        HTTPDate.text(time).replacing("GMT", with: "+0000")
    }
}

extension MailServer.Encryption {
    fileprivate init(_ encryption: ChannelSettings.EmailSettings.Encryption) {
        switch encryption {
        case .tls: self = .tls
        case .startTLS: self = .startTLS
        case .none: self = .none
        }
    }
}
