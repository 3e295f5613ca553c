import HTTPClient
import Model

/// POSTs to addresses that were checked, each within one time-out.
struct WebPost: Sendable {
    /// What is sent.
    struct Parcel: Sendable {
        var url: String
        var headers: [(name: String, value: String)]
        var body: String

        static let json = (name: "Content-Type", value: "application/json")
        static let text = (name: "Content-Type", value: "text/plain; charset=utf-8")
    }

    /// Of an answer's body, which says nothing: read so that the receiver is not cut off.
    private static let readLimit = 64 << 10

    /// So much of the time may be spent on connecting to one address of several.
    private static let shareOfAddress = 4

    let client: HTTPClient
    let guardian: TargetGuard
    let timeout: Duration
    /// How many redirects are followed, each after a look of its own.
    let redirects: Int

    /// Returns once the receiver has answered 2xx.
    func send(_ parcel: Parcel) async throws(DeliveryProblem) {
        var target = try await first(parcel.url)
        for redirect in 0...redirects {
            let head = try await answer(to: parcel, at: target)
            let host = target.url.host
            switch head.status {
            case 200...299:
                return
            case 301, 302, 307, 308:
                guard redirect < redirects else { throw tooMany(head, from: target.url) }
                target = try await next(head.headers["location"], from: target.url)
            case 410:
                throw DeliveryProblem("\(host) answered 410: it is gone for good", .gone)
            default:
                throw DeliveryProblem("\(host) answered \(head.status)", retryAfter: head.headers["retry-after"])
            }
        }
    }

    private func first(_ url: String) async throws(DeliveryProblem) -> TargetGuard.Target {
        do {
            return try await guardian.target(of: guardian.read(url))
        } catch {
            throw DeliveryProblem(error.line, error.isTransient ? .retry : .final)
        }
    }

    private func next(_ location: String?, from url: TargetURL) async throws(DeliveryProblem) -> TargetGuard.Target {
        guard let location, !location.isEmpty else { throw DeliveryProblem("\(url.host) redirects to nowhere") }
        do {
            return try await guardian.target(of: url.following(location))
        } catch {
            throw DeliveryProblem("redirected: \(error.line)", error.isTransient ? .retry : .final)
        }
    }

    private func tooMany(_ head: HTTPResponseHead, from url: TargetURL) -> DeliveryProblem {
        if redirects > 0 { return DeliveryProblem("\(url.host) redirects more than \(redirects) times") }
        let location = head.headers["location"].flatMap { try? url.following($0) }
        return DeliveryProblem(
            "\(url.host) answered \(head.status): it redirects to \(location?.host ?? "nowhere"), which is not followed"
                + " (write the address itself into the configuration)",
            retryAfter: head.headers["retry-after"])
    }

    private func answer(
        to parcel: Parcel, at target: TargetGuard.Target
    ) async throws(DeliveryProblem) -> HTTPResponseHead {
        let agent = (name: "User-Agent", value: "nightjar/\(Tool.version)")
        var request = HTTPRequest(
            method: "POST", url: target.url.text, headers: HTTPHeaders(parcel.headers + [agent]),
            body: .bytes(Array(parcel.body.utf8)))
        let patience = request.connectTimeout
        let end = ContinuousClock.now + timeout
        var left = timeout
        var others = target.others[...]
        var address = target.address
        while true {
            request.resolvedAddress = "\(address)"
            request.timeout = left
            // An address that leads nowhere must not use up the time of the others.
            request.connectTimeout = others.isEmpty ? patience : min(patience, timeout / Self.shareOfAddress)
            do {
                let stream = try await client.open(request)
                var room = Self.readLimit
                while room > 0, let piece = try? await stream.read() { room -= piece.count }
                return stream.head
            } catch {
                left = ContinuousClock.now.duration(to: end)
                // Where time is left over, what took too long was the connection: nothing was sent.
                let isUnreached = error.isConnectFailure || error.isTimeout
                guard isUnreached, left >= timeout / Self.shareOfAddress, let next = others.popFirst() else {
                    throw DeliveryProblem("\(target.url.host) did not answer: \(error.detail)")
                }
                address = next
            }
        }
    }
}
