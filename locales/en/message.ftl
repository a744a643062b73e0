# Messages.
messages-title = Messages
messages-none = No messages yet.
messages-new = (new)
messages-read-all = Mark all as read
message-submitted = The photo is submitted and waits for review
message-paid = Paid; the review begins
message-rejected = The review failed; please submit again
message-appealed = Another reviewer will look
message-receipt-issued = Approved; the receipt is ready
message-receipt-used = A counter has used the photo
message-receipt-expiring = The receipt is good until { $day }; please go to a window
message-receipt-expired = The receipt has expired
message-withdrawn = The order is withdrawn
message-expired = The order has expired
message-answered = Support has answered your inquiry
