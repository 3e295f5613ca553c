import Catalog
import HTTPClient
import Model

/// Tells one receiver of one export's end: a POST of JSON, to an address that was checked, by way of at most three
/// redirects that are checked as well.
package struct CallbackSender: Sendable {
    /// What became of an attempt. Reasons are for people, and hold no more of the URL than its host.
    package enum Outcome: Sendable, Equatable {
        /// The receiver answered 2xx.
        case delivered
        case retry(at: Timestamp, reason: String)
        /// Not tried any more.
        case dead(reason: String)
    }

    private static let timeout = Duration.seconds(20)
    private static let redirects = 3
    /// Of an answer's body, which says nothing: read so that the receiver is not cut off.
    private static let readLimit = 64 << 10

    private let client: HTTPClient
    private let guardian: TargetGuard
    private let random: @Sendable () -> Double

    /// - Parameter random: gives numbers from 0 to 1, for the pauses between attempts.
    package init(
        client: HTTPClient, guardian: TargetGuard,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        self.client = client
        self.guardian = guardian
        self.random = random
    }

    /// Makes the next attempt at a delivery.
    /// - Throws: only where the task was cancelled; the attempt does not count then.
    package func send(_ delivery: DeliveryRecord, now: Timestamp) async throws(CancellationError) -> Outcome {
        let attempt = delivery.attempts + 1
        do {
            try await post(delivery)
            return .delivered
        } catch {
            if Task.isCancelled { throw CancellationError() }
            let asked = RetryAfter.seconds(error.retryAfter, now: now)
            guard !error.isFinal,
                let pause = DeliveryBackoff.pause(after: attempt, asked: asked, random: random())
            else {
                let tries = attempt == 1 ? "" : ", after \(CountText.format(Int64(attempt), "attempt"))"
                return .dead(reason: error.reason + tries)
            }
            return .retry(at: Timestamp(seconds: now.seconds + pause), reason: error.reason)
        }
    }

    /// Why an attempt failed.
    private struct Problem: Error {
        let reason: String
        var isFinal = false
        /// As the receiver's header has it.
        var retryAfter: String?

        init(_ reason: String, isFinal: Bool = false, retryAfter: String? = nil) {
            self.reason = reason
            self.isFinal = isFinal
            self.retryAfter = retryAfter
        }

        init(_ refusal: TargetRefusal, isRedirected: Bool) {
            self.init(isRedirected ? "redirected: \(refusal.line)" : refusal.line, isFinal: !refusal.isTransient)
        }
    }

    private func post(_ delivery: DeliveryRecord) async throws(Problem) {
        var target = try await first(delivery.url)
        for redirect in 0...Self.redirects {
            let head = try await answer(to: delivery.body, at: target)
            let host = target.url.host
            switch head.status {
            case 200...299:
                return
            case 301, 302, 307, 308:
                guard redirect < Self.redirects else {
                    throw Problem("\(host) redirects more than \(Self.redirects) times")
                }
                target = try await next(head.headers["location"], from: target.url)
            case 410:
                throw Problem("\(host) answered 410: it is gone for good", isFinal: true)
            case 429, 503:
                throw Problem("\(host) answered \(head.status)", retryAfter: head.headers["retry-after"])
            default:
                throw Problem("\(host) answered \(head.status)")
            }
        }
    }

    private func first(_ url: String) async throws(Problem) -> TargetGuard.Target {
        do {
            return try await guardian.target(of: guardian.read(url))
        } catch {
            throw Problem(error, isRedirected: false)
        }
    }

    private func next(_ location: String?, from url: TargetURL) async throws(Problem) -> TargetGuard.Target {
        guard let location, !location.isEmpty else { throw Problem("\(url.host) redirects to nowhere") }
        do {
            return try await guardian.target(of: url.following(location))
        } catch {
            throw Problem(error, isRedirected: true)
        }
    }

    private func answer(to body: String, at target: TargetGuard.Target) async throws(Problem) -> HTTPResponseHead {
        var headers = HTTPHeaders()
        headers.add("Content-Type", "application/json")
        headers.add("User-Agent", "nightjar/\(Tool.version)")
        var request = HTTPRequest(
            method: "POST", url: target.url.text, headers: headers, body: .bytes(Array(body.utf8)))
        request.resolvedAddress = "\(target.address)"
        request.timeout = Self.timeout
        do {
            let stream = try await client.open(request)
            var left = Self.readLimit
            while left > 0, let piece = try? await stream.read() { left -= piece.count }
            return stream.head
        } catch {
            throw Problem("\(target.url.host) did not answer: \(error.detail)")
        }
    }
}
