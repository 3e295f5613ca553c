import Appliance
import Hummingbird
import HummingbirdCore
import Model

/// The buttons of the page of the notifications; all lead back to it.
extension PageActions {
    private static let page = "/notifications"

    /// Has a message that was given up tried again.
    func retry(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await checkedForm(request, context)
        let id = try PagePath.number(context)
        return try await act(context) { _ in
            try await environment.console.retryDelivery(id)
            return Self.page
        }
    }

    /// Forgets a message that was given up.
    func drop(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await checkedForm(request, context)
        let id = try PagePath.number(context)
        return try await act(context) { _ in
            try await environment.console.dropDelivery(id)
            return Self.page
        }
    }

    /// Has all messages of a channel tried again that were given up.
    func retryAll(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await checkedForm(request, context)
        let name = try PathValue.channel(context)
        return try await act(context) { _ in
            _ = try await environment.console.retryDeliveries(of: name)
            return Self.page
        }
    }

    /// Ends a channel's rest.
    func wake(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await checkedForm(request, context)
        let name = try PathValue.channel(context)
        return try await act(context) { _ in
            try await environment.console.wakeChannel(name)
            return Self.page
        }
    }

    /// Sends a sample on a channel, and waits for what comes of it; the page shows it.
    func test(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await checkedForm(request, context)
        let name = try PathValue.channel(context)
        return try await act(context) { _ in
            for result in try await environment.console.testChannel(name) {
                samples.keep(result, at: environment.console.now())
            }
            return Self.page
        }
    }
}
