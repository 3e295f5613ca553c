import Hummingbird
import HummingbirdCore

/// The API for programs, `/api/v1/…`, and its description.
package enum API {
    static func add(to router: Router<WebContext>, _ environment: WebEnvironment) {
        Description.add(to: router)
        DatabaseRoutes(environment: environment).add(to: router)
        BackupRoutes(environment: environment).add(to: router)
        RunRoutes(environment: environment).add(to: router)
        VerificationRoutes(environment: environment).add(to: router)
        NotificationRoutes(environment: environment).add(to: router)
    }
}
