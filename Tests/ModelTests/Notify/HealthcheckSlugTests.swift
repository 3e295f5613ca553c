import Model
import Testing

@Suite("The slug of a check")
struct HealthcheckSlugTests {
    @Test(
        "has small letters, digits, dashes and underscores, and a dash for all else",
        arguments: [
            ("shop", "shop"), ("Shop_2", "shop_2"), ("web-1.shop", "web-1-shop"), ("AZ09", "az09"), ("a b/c", "a-b-c"),
            ("für", "f-r"), ("[z]", "-z-"),
        ])
    func slug(name: String, expected: String) {
        #expect(HealthcheckSlug.of(name) == expected)
    }
}
