import Appliance
import Model
import NIOCore

/// The first page, made at most once a second for one token, however many ask for it.
actor OverviewPageCache {
    private struct Key: Hashable {
        let name: String
        let scope: AccessScope
    }

    private struct Entry {
        let since: ContinuousClock.Instant
        let stencil: Task<Stencil, any Error>
    }

    /// How long a page is good enough for others.
    private static let lifetime = Duration.seconds(1)

    private let console: Console
    private var entries: [Key: Entry] = [:]

    init(_ console: Console) {
        self.console = console
    }

    func page(for viewer: Viewer) async throws -> [ByteBuffer] {
        try await stencil(for: viewer).value.filled(for: viewer)
    }

    /// Something was asked of the appliance, and whoever asked wants to see it.
    func forget() {
        entries = [:]
    }

    private func stencil(for viewer: Viewer) -> Task<Stencil, any Error> {
        let key = Key(name: viewer.name, scope: viewer.scope)
        let now = ContinuousClock.now
        if let entry = entries[key], now - entry.since < Self.lifetime { return entry.stencil }
        let task = Task { [console] in try await Self.make(console, viewer) }
        entries = entries.filter { now - $0.value.since < Self.lifetime }
        entries[key] = Entry(since: now, stencil: task)
        return task
    }

    @concurrent
    private static func make(_ console: Console, _ viewer: Viewer) async throws -> Stencil {
        let overview = try await console.overview()
        let undelivered = try await console.channels().flatMap(\.troubles)
        let nonce = Nonce.make()
        let csrf = Nonce.make()
        let stand = Viewer(name: viewer.name, scope: viewer.scope, nonce: nonce, csrf: viewer.csrf.map { _ in csrf })
        let page = OverviewPage(overview, undelivered: undelivered, viewer: stand)
        return Stencil(Templates.html(page), nonce: nonce, csrf: csrf)
    }
}
