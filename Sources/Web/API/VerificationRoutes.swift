import Appliance
import Catalog
import Hummingbird
import HummingbirdCore
import Model

/// Verifications: lists, and one with its report.
struct VerificationRoutes: Sendable {
    let environment: WebEnvironment

    private struct List: Encodable {
        let verifications: [VerificationJSON]
        let next: Int64?
    }

    func add(to router: Router<WebContext>) {
        router.get("/api/v1/verifications") { request, context in
            try context.require(.read)
            let limit = try QueryValue.limit(request)
            let found = try await environment.console.catalog.verifications(
                of: QueryValue.database(request), before: QueryValue.numberBefore(request), limit: limit + 1)
            let page = Page(found, limit: limit, mark: \.id)
            return try JSONAnswer.make(
                List(verifications: page.items.map { VerificationJSON($0) }, next: page.next))
        }
        router.get("/api/v1/verifications/:id") { _, context in
            try context.require(.read)
            let id = try PathValue.number(context, noun: "verification")
            return try await JSONAnswer.make(VerificationDetailJSON(environment.console.verification(id)))
        }
    }
}
