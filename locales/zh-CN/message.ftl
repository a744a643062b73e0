# 消息。
messages-title = 消息
messages-none = 还没有消息。
messages-new = （未读）
messages-read-all = 全部标为已读
message-submitted = 照片已提交，等待审核
message-paid = 已收到费用，开始审核
message-rejected = 订单审核失败，请重新提交
message-appealed = 已请另一位审核员再看
message-receipt-issued = 审核通过，回执已出
message-receipt-used = 窗口已使用照片
message-receipt-expiring = 回执的最后一天是{ $day }，请尽快办理
message-receipt-expired = 回执已过期
message-withdrawn = 订单已撤回
message-expired = 订单已过期
message-answered = 客服回复了您的咨询
