import Appliance
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model

/// Notifications: how the channels fare, what waits and what was given up, and trying both again.
struct NotificationRoutes: Sendable {
    let environment: WebEnvironment

    private struct One: Encodable {
        let notification: NotificationsOverview.Message
    }

    private struct Tests: Encodable {
        let tests: [ChannelTest]
    }

    private struct Retried: Encodable {
        let channel: String
        /// How many messages are tried again.
        let retried: Int
    }

    private struct Woken: Encodable {
        let channel: String
    }

    func add(to router: Router<WebContext>) {
        router.get("/api/v1/notifications") { _, context in
            try context.require(.read)
            return try await JSONAnswer.make(environment.console.notifications())
        }
        router.get("/api/v1/notifications/:id") { _, context in
            try context.require(.read)
            return try await JSONAnswer.make(One(notification: message(PathValue.number(context, noun: "message"))))
        }
        router.post("/api/v1/notifications/:id/retry") { request, context in try await retry(request, context) }
        router.delete("/api/v1/notifications/:id") { _, context in
            try context.require(.admin)
            let id = try PathValue.number(context, noun: "message")
            let message = try await message(id)
            try await environment.console.dropDelivery(id)
            return try JSONAnswer.make(One(notification: message))
        }
        router.post("/api/v1/channels/:name/test") { request, context in
            let name = try await channel(request, context)
            return try await JSONAnswer.make(Tests(tests: environment.console.testChannel(name)))
        }
        router.post("/api/v1/channels/:name/retry") { request, context in
            let name = try await channel(request, context)
            let count = try await environment.console.retryDeliveries(of: name)
            return try JSONAnswer.make(Retried(channel: name, retried: count))
        }
        router.post("/api/v1/channels/:name/wake") { request, context in
            let name = try await channel(request, context)
            try await environment.console.wakeChannel(name)
            return try JSONAnswer.make(Woken(channel: name))
        }
    }

    private func retry(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.admin)
        let id = try PathValue.number(context, noun: "message")
        try await JSONBody.read(request, context).refuseAll(but: [])
        try await environment.console.retryDelivery(id)
        return try await JSONAnswer.accepted(
            One(notification: message(id)), location: "/api/v1/notifications/\(id)")
    }

    /// - Throws: 404 for one that there is not.
    private func message(_ id: Int64) async throws -> NotificationsOverview.Message {
        guard let message = try await environment.console.notification(id) else {
            throw WebError(.notFound, "there is no message \(id)", hint: "Old messages are forgotten.")
        }
        return message
    }

    /// The channel that an administrator asks something of, with no fields.
    private func channel(_ request: Request, _ context: WebContext) async throws -> String {
        try context.require(.admin)
        let name = try PathValue.channel(context)
        try await JSONBody.read(request, context).refuseAll(but: [])
        return name
    }
}
