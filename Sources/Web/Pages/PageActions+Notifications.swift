import Appliance
import Hummingbird
import HummingbirdCore
import Model

/// The buttons of the page of the notifications; all lead back to it.
extension PageActions {
    /// Has a message that was given up tried again.
    func retry(_ request: Request, _ context: WebContext) async throws -> Response {
        try await notify(request, context) { try await $0.retryDelivery(PagePath.number(context)) }
    }

    /// Forgets a message that was given up.
    func drop(_ request: Request, _ context: WebContext) async throws -> Response {
        try await notify(request, context) { try await $0.dropDelivery(PagePath.number(context)) }
    }

    /// Has all messages of a channel tried again that were given up.
    func retryAll(_ request: Request, _ context: WebContext) async throws -> Response {
        try await notify(request, context) { _ = try await $0.retryDeliveries(of: PathValue.channel(context)) }
    }

    /// Ends a channel's rest.
    func wake(_ request: Request, _ context: WebContext) async throws -> Response {
        try await notify(request, context) { try await $0.wakeChannel(PathValue.channel(context)) }
    }

    /// Sends a sample on a channel, and waits for what comes of it; the page shows it.
    func test(_ request: Request, _ context: WebContext) async throws -> Response {
        try await notify(request, context) { console in
            for result in try await console.testChannel(PathValue.channel(context)) {
                samples.keep(result, at: console.now())
            }
        }
    }

    private func notify(
        _ request: Request, _ context: WebContext, _ work: (Console) async throws -> Void
    ) async throws -> Response {
        try await act(request, context) { _, _ in
            try await work(environment.console)
            return "/notifications"
        }
    }
}
