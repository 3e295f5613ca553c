import Hummingbird

/// All that the server answers.
package enum Routes {
    /// - Throws: where a page's template is wrong.
    package static func all(_ environment: WebEnvironment) throws -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ErrorsInWords())
        Health.add(to: router, environment)
        try Pages.add(to: router, environment)
        API.add(to: router, environment)
        ExportRoutes.add(to: router, environment)
        MetricsRoutes.add(to: router, environment: environment)
        router.answerOtherMethods(withoutHead: ExportRoutes.withoutHead)
        return router
    }
}
