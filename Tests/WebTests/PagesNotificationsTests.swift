import Model
import Testing

@testable import Appliance
@testable import Web

private func html(
    _ overview: NotificationsOverview, samples: [String: SampleResults.Entry] = [:],
    _ viewer: Viewer = PageFigures.admin
) -> String {
    Templates.html(NotificationsPage(overview, samples: samples, now: PageFigures.now, viewer: viewer))
}

@Suite("The page of the notifications") struct PagesNotificationsTests {
    @Test("says that all is well, and where each channel leads")
    func good() {
        let channel = NotificationFigures.channel(
            databases: ["shop", "crm-*"], digest: "@daily in UTC", held: 12, lastDelivered: PageFigures.ago(7200))
        let page = html(NotificationFigures.overview([channel]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("All well"))
        #expect(page.contains("webhook, hooks.example.org"))
        #expect(page.contains("problems of shop, crm-*"))
        #expect(page.contains("good news in a digest, @daily in UTC"))
        #expect(page.contains("12 messages will come in a digest."))
        #expect(page.contains(">2 hours ago</time>"))
        #expect(page.contains("<a href=\"/notifications\" aria-current=\"page\">Notifications</a>"))
        #expect(page.contains("action=\"/channels/ops/test\""))
        #expect(!page.contains("/channels/ops/wake"))
        #expect(!page.contains("/channels/ops/retry"))
        #expect(!page.contains("class=\"troubles\""))
    }

    @Test("says what to do where there is no channel yet")
    func empty() {
        let page = html(NotificationFigures.overview([]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("Nobody is told of anything."))
        #expect(page.contains("<code>notify:</code>"))
        #expect(PageMarkup(page).all("table").isEmpty)
    }

    @Test("shows what did not arrive and why, with a button to try it again and one to forget it")
    func dead() {
        let page = html(
            NotificationFigures.overview(
                [NotificationFigures.channel(dead: 2)],
                dead: [
                    NotificationFigures.message(17, lastError: "hooks.example.org answered 500, after 10 attempts")
                ]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("2 messages to ops could not be delivered."))
        #expect(page.contains("<p class=\"remedy\">When its receiver is well again: nightjar notify retry ops</p>"))
        #expect(page.contains("The newest 1 of 2."))
        #expect(page.contains("hooks.example.org answered 500, after 10 attempts"))
        #expect(page.contains("action=\"/notifications/17/retry\""))
        #expect(page.contains("Try again<span class=\"unseen\"> message 17 to ops</span>"))
        #expect(page.contains("action=\"/notifications/17/drop\""))
        #expect(page.contains("action=\"/channels/ops/retry\""))
        #expect(PageMarkup(page).all("input").allSatisfy { $0.attributes["value"] == "1.proof" })
    }

    @Test("shows what waits, when it is tried again, and what waits behind it")
    func waiting() {
        let channel = NotificationFigures.channel(
            pending: 2, nextTry: PageFigures.ago(-300), lastError: "hooks.example.org did not answer")
        let first = NotificationFigures.message(
            3, nextTry: PageFigures.ago(-300), lastError: "hooks.example.org did not answer")
        let page = html(NotificationFigures.overview([channel], waiting: [first, NotificationFigures.message(4)]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("Tries again"))
        #expect(page.contains("2 messages wait to be delivered."))
        #expect(page.contains(">in 5 minutes</time>"))
        #expect(page.contains("when its turn comes"))
        #expect(!page.contains("action=\"/notifications/3"))
    }

    @Test("says of a channel that rests why it does, and has a button to wake it")
    func resting() {
        let channel = NotificationFigures.channel(
            pending: 1, restingSince: PageFigures.ago(60),
            restingReason: "hooks.example.org answered 410: it is gone for good")
        let page = html(NotificationFigures.overview([channel]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("ops rests: hooks.example.org answered 410: it is gone for good."))
        #expect(page.contains("Rests"))
        #expect(page.contains("action=\"/channels/ops/wake\""))
    }

    @Test("says what came of a sample", arguments: [true, false])
    func sample(isDelivered: Bool) {
        let result = ChannelTest(channel: "ops", isDelivered: isDelivered, words: "hooks.example.org answered 404")
        let entry = SampleResults.Entry(result: result, at: PageFigures.ago(120))
        let page = html(NotificationFigures.overview([NotificationFigures.channel()]), samples: ["ops": entry])
        #expect(PageMarkup(page).sins == [])
        let words = isDelivered ? "Sample delivered" : "Sample not delivered: hooks.example.org answered 404"
        #expect(page.contains(words))
        #expect(page.contains(">2 minutes ago</time>"))
    }

    @Test("offers no sample for callbacks, which have no receiver of their own")
    func callbacks() {
        let page = html(NotificationFigures.overview([NotificationFigures.channel("callback", host: "", dead: 1)]))
        #expect(PageMarkup(page).sins == [])
        #expect(!page.contains("/channels/callback/test"))
        #expect(page.contains("action=\"/channels/callback/retry\""))
    }

    @Test("says of a channel that is configured no longer what can still be done")
    func removed() {
        let channel = NotificationFigures.channel("old", kind: "removed", host: "", dead: 1)
        let page = html(NotificationFigures.overview([channel], dead: [NotificationFigures.message(17, to: "old")]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("It is configured no longer."))
        #expect(!page.contains("/channels/old/"))
        #expect(page.contains("action=\"/notifications/17/drop\""))
    }

    @Test("has no buttons for those who may only read")
    func reader() {
        let overview = NotificationFigures.overview(
            [NotificationFigures.channel(dead: 1, restingSince: PageFigures.now)],
            dead: [NotificationFigures.message(17)])
        let page = html(overview, PageFigures.reader)
        #expect(PageMarkup(page).sins == [])
        #expect(PageMarkup(page).all("form").isEmpty)
        #expect(!page.contains(">Do</th>"))
    }

    @Test(
        "cannot be harmed by what receivers answer and databases are called",
        arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) {
        let channel = NotificationFigures.channel(
            host: text, databases: [text], digest: text, pending: 1, dead: 1, restingReason: text, lastError: text)
        let message = NotificationFigures.message(1, to: text, title: text, lastError: text)
        let page = html(NotificationFigures.overview([channel], dead: [message], waiting: [message]))
        let markup = PageMarkup(page)
        #expect(markup.sins == [])
        #expect(markup.all("script").count == 1)
        #expect(markup.all("img").isEmpty)
        #expect(markup.values(of: "onmouseover").isEmpty)
    }

    @Test("is led to by the first page where messages did not arrive, or a channel rests")
    func overview() {
        let notifications = NotificationFigures.overview([
            NotificationFigures.channel(dead: 2), NotificationFigures.channel("mail", restingSince: PageFigures.now),
        ])
        let page = Templates.html(
            OverviewPage(
                PageFigures.overview([PageFigures.database()]), undelivered: notifications.channels.flatMap(\.troubles),
                viewer: PageFigures.reader))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<a href=\"/notifications\">2 messages to ops could not be delivered.</a>"))
        #expect(page.contains("<a href=\"/notifications\">mail rests.</a>"))
    }
}
