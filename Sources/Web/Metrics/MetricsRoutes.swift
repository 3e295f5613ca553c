import Appliance
import HTTPTypes
import Hummingbird
import Model
import NIOCore

/// `GET /metrics`: what Prometheus scrapes, for tokens that may read.
package enum MetricsRoutes {
    package static func add(to router: Router<WebContext>, environment: WebEnvironment) {
        router.get("/metrics") { _, context -> Response in
            try context.require(.read)
            let text = MetricsText.render(try await environment.console.metrics())
            return Response(
                status: .ok, headers: [.contentType: MetricsText.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: text)))
        }
    }
}
