import HTTPTypes
import Model
import Settings
import Synchronization
import Testing

@testable import Web

/// A clock that stands until it is moved, in nanoseconds.
private final class HandClock: Sendable {
    private let value = Mutex<Int64>(0)

    var now: @Sendable () -> Int64 { { self.value.withLock { $0 } } }

    func advance(seconds: Double) {
        value.withLock { $0 += Int64(seconds * 1e9) }
    }
}

@Suite("What is counted")
struct LimiterTests {
    private static let sixAMinute = HTTPSettings.RateLimit(count: 6, seconds: 60)

    @Test("the seventh request within a minute is refused until the first is a minute old")
    func seventhRequest() throws {
        let clock = HandClock()
        let limiter = RateLimiter(now: clock.now)
        for _ in 0..<6 {
            try limiter.take("web", limit: Self.sixAMinute)
            clock.advance(seconds: 2)
        }
        let refused = #expect(throws: WebError.self) { try limiter.take("web", limit: Self.sixAMinute) }
        #expect(refused?.status == .tooManyRequests)
        #expect(refused?.headers[.retryAfter] == "48")
        clock.advance(seconds: 47.5)
        let still = #expect(throws: WebError.self) { try limiter.take("web", limit: Self.sixAMinute) }
        #expect(still?.headers[.retryAfter] == "1")
        clock.advance(seconds: 0.5)
        try limiter.take("web", limit: Self.sixAMinute)
        // What was refused was not counted; the second is two seconds younger.
        let next = #expect(throws: WebError.self) { try limiter.take("web", limit: Self.sixAMinute) }
        #expect(next?.headers[.retryAfter] == "2")
    }

    @Test("each key is counted apart")
    func keys() throws {
        let limiter = RateLimiter(now: HandClock().now)
        let once = HTTPSettings.RateLimit(count: 1, seconds: 60)
        try limiter.take("one", limit: once)
        try limiter.take("two", limit: once)
        #expect(throws: WebError.self) { try limiter.take("one", limit: once) }
    }

    @Test("a limit that was changed counts from the next request on")
    func changedLimit() throws {
        let clock = HandClock()
        let limiter = RateLimiter(now: clock.now)
        for _ in 0..<6 {
            try limiter.take("web", limit: Self.sixAMinute)
            clock.advance(seconds: 1)
        }
        let refused = #expect(throws: WebError.self) {
            try limiter.take("web", limit: HTTPSettings.RateLimit(count: 2, seconds: 60))
        }
        // The fifth, at second 4, has to be a minute old.
        #expect(refused?.headers[.retryAfter] == "58")
        try limiter.take("web", limit: HTTPSettings.RateLimit(count: 7, seconds: 60))
    }

    private func peer(_ text: String) -> Peer {
        Peer(address: IPAddress(text), isControlSocket: false, isSecure: false)
    }

    @Test("the eleventh wrong token of a minute is refused, and those of others are not")
    func wrongTokens() {
        let clock = HandClock()
        let limiter = FailureLimiter(now: clock.now)
        for _ in 0..<9 { #expect(limiter.fail(peer("192.0.2.1")) == .counted) }
        #expect(limiter.fail(peer("192.0.2.1")) == .reachedLimit)
        clock.advance(seconds: 20.5)
        #expect(limiter.fail(peer("192.0.2.1")) == .refused(retryAfter: 40))
        #expect(limiter.fail(peer("192.0.2.2")) == .counted)
        clock.advance(seconds: 39.5)
        #expect(limiter.fail(peer("192.0.2.1")) == .counted)
    }

    @Test("addresses of one IPv6 network are one")
    func networks() {
        let limiter = FailureLimiter(limit: 1, now: HandClock().now)
        #expect(limiter.fail(peer("2001:db8:1:2::1")) == .reachedLimit)
        #expect(limiter.fail(peer("2001:db8:1:2:3:4:5:6")) == .refused(retryAfter: 60))
        #expect(limiter.fail(peer("2001:db8:1:3::1")) == .reachedLimit)
    }

    @Test("no more places are remembered than there is room for: the oldest is forgotten")
    func capacity() {
        let clock = HandClock()
        let limiter = FailureLimiter(limit: 1, capacity: 2, now: clock.now)
        #expect(limiter.fail(peer("192.0.2.1")) == .reachedLimit)
        clock.advance(seconds: 1)
        #expect(limiter.fail(peer("192.0.2.2")) == .reachedLimit)
        clock.advance(seconds: 1)
        #expect(limiter.fail(peer("192.0.2.3")) == .reachedLimit)
        #expect(limiter.fail(peer("192.0.2.2")) == .refused(retryAfter: 59))
        #expect(limiter.fail(peer("192.0.2.1")) == .reachedLimit)
    }
}
