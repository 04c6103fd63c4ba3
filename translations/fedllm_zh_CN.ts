<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>ClientCurves</name>
    <message numerus="yes">
        <source>median of %n client(s)</source>
        <translation>
            <numerusform>%n 个客户端的中位数</numerusform>
        </translation>
    </message>
    <message>
        <source>median</source>
        <translation>中位数</translation>
    </message>
</context>
<context>
    <name>DataContract</name>
    <message>
        <source>any text</source>
        <translation>任意文本</translation>
    </message>
    <message>
        <source>the fields %1</source>
        <translation>字段 %1</translation>
    </message>
    <message>
        <source>the label %1</source>
        <translation>标签 %1</translation>
    </message>
    <message>
        <source>the label %1 (%2)</source>
        <translation>标签 %1（%2）</translation>
    </message>
    <message numerus="yes">
        <source>at most %n token(s) a record</source>
        <translation>
            <numerusform>每条记录最多 %n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 held out for measuring</source>
        <translation>%1 留出用于测量</translation>
    </message>
    <message>
        <source>This room expects %1.</source>
        <translation>这个房间需要：%1。</translation>
    </message>
</context>
<context>
    <name>DatasetPage</name>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Split between clients</source>
        <translation>在客户端之间划分</translation>
    </message>
    <message>
        <source>Text and label</source>
        <translation>文本与标签</translation>
    </message>
    <message>
        <source>Split as a table</source>
        <translation>划分表</translation>
    </message>
    <message>
        <source>Jensen-Shannon divergence of the clients&apos; label shares from the whole, in bits (0: alike, at most log2 of the number of clients), and Gini coefficient of the clients&apos; sizes (0: equal).</source>
        <translation>各客户端标签比例与整体的 Jensen-Shannon 散度（单位：比特；0 表示相同，最大为客户端数量的 log2），以及客户端规模的基尼系数（0：相等）。</translation>
    </message>
    <message>
        <source>Show as table</source>
        <translation>显示为表格</translation>
    </message>
    <message>
        <source>The import stopped. What is wrong is written on the left.</source>
        <translation>导入已停止。左侧写明了问题所在。</translation>
    </message>
    <message>
        <source>Reading the files…</source>
        <translation>正在读取文件…</translation>
    </message>
    <message>
        <source>Add files on the left and the split between clients appears here.</source>
        <translation>在左侧添加文件，这里就会显示它们在客户端之间的划分。</translation>
    </message>
    <message>
        <source>&lt;b&gt;Label skew&lt;/b&gt; (Jensen-Shannon) %1 &amp;nbsp; &lt;b&gt;Size skew&lt;/b&gt; (Gini) %2 &amp;nbsp; &lt;b&gt;Labels a client&lt;/b&gt; %3 &amp;nbsp; &lt;b&gt;Held out&lt;/b&gt; %4</source>
        <translation>&lt;b&gt;标签偏斜&lt;/b&gt;（Jensen-Shannon）%1 &amp;nbsp; &lt;b&gt;规模偏斜&lt;/b&gt;（基尼）%2 &amp;nbsp; &lt;b&gt;每客户端标签数&lt;/b&gt; %3 &amp;nbsp; &lt;b&gt;留出&lt;/b&gt; %4</translation>
    </message>
</context>
<context>
    <name>DuplicateDialog</name>
    <message>
        <source>LoRA rank</source>
        <translation>LoRA 秩</translation>
    </message>
    <message>
        <source>LoRA alpha</source>
        <translation>LoRA alpha</translation>
    </message>
    <message>
        <source>partition method</source>
        <translation>划分方法</translation>
    </message>
    <message>
        <source>partition alpha (smaller is more skewed)</source>
        <translation>划分的 alpha（越小越偏斜）</translation>
    </message>
    <message>
        <source>number of clients</source>
        <translation>客户端数量</translation>
    </message>
    <message>
        <source>local steps a round</source>
        <translation>每轮本地步数</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>rounds</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>share of clients a round</source>
        <translation>每轮参与的客户端比例</translation>
    </message>
    <message>
        <source>codec</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>server optimizer</source>
        <translation>协调器优化器</translation>
    </message>
    <message>
        <source>FedProx mu</source>
        <translation>FedProx mu</translation>
    </message>
    <message>
        <source>seed</source>
        <translation>随机种子</translation>
    </message>
</context>
<context>
    <name>Duration</name>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分钟</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 到 %2</translation>
    </message>
</context>
<context>
    <name>LabPage</name>
    <message>
        <source>Rooms</source>
        <translation>房间</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Lab</source>
        <translation>实验室</translation>
    </message>
    <message>
        <source>Host a room</source>
        <translation>开设房间</translation>
    </message>
    <message>
        <source>Join a room</source>
        <translation>加入房间</translation>
    </message>
    <message>
        <source>Others join with a ticket. Their data stays on their machines; only small updates travel.</source>
        <translation>其他人凭邀请码加入。他们的数据留在自己的机器上，只有小小的更新在网上传送。</translation>
    </message>
    <message>
        <source>Take part with your own data. You see what would leave this machine before anything runs.</source>
        <translation>用自己的数据参加。任何程序运行之前，您都能看到什么会离开本机。</translation>
    </message>
    <message>
        <source>Hosting %1</source>
        <translation>开设 %1</translation>
    </message>
    <message>
        <source>%1 (%2 asking)</source>
        <translation>%1（%2 个请求）</translation>
    </message>
    <message>
        <source>Joining…</source>
        <translation>正在加入…</translation>
    </message>
    <message>
        <source>Member of %1</source>
        <translation>%1 的成员</translation>
    </message>
    <message>
        <source>The core is not answering. This is what was last known; members come back by themselves when it does.</source>
        <translation>核心程序没有应答。这里是最后已知的情况；它恢复后成员会自己回来。</translation>
    </message>
    <message>
        <source>What comes then:
1. Show the code or hand out the ticket.
2. Compare check codes and watch who gets ready.
3. Start, and follow everybody on the Run page.</source>
        <translation>接下来：
1. 展示二维码或分发邀请码。
2. 比对核对码，看谁已就绪。
3. 开始，并在“运行”页跟踪每个成员。</translation>
    </message>
    <message>
        <source>%1 (asks you)</source>
        <translation>%1（等您答复）</translation>
    </message>
</context>
<context>
    <name>LabPresence</name>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message numerus="yes">
        <source>%n machine(s) ask(s) to be let in</source>
        <translation>
            <numerusform>%n 台机器请求加入</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 waits for your consent</source>
        <translation>%1 在等待您的同意</translation>
    </message>
    <message>
        <source>; </source>
        <translation>；</translation>
    </message>
    <message numerus="yes">
        <source>The room %1 is open here, with %n member(s).</source>
        <translation>
            <numerusform>房间 %1 在这里开着，有 %n 个成员。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The rooms %1 are open here, with %n member(s).</source>
        <translation>
            <numerusform>房间 %1 在这里开着，共有 %n 个成员。</numerusform>
        </translation>
    </message>
    <message>
        <source>This machine is a member of %1.</source>
        <translation>本机是 %1 的成员。</translation>
    </message>
</context>
<context>
    <name>LabText</name>
    <message>
        <source>asks to join</source>
        <translation>请求加入</translation>
    </message>
    <message>
        <source>admitted</source>
        <translation>已准入</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>fetching</source>
        <translation>正在获取</translation>
    </message>
    <message>
        <source>preparing</source>
        <translation>准备中</translation>
    </message>
    <message>
        <source>choosing data</source>
        <translation>正在选数据</translation>
    </message>
    <message>
        <source>deciding</source>
        <translation>正在决定</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练中</translation>
    </message>
    <message>
        <source>measuring</source>
        <translation>测量中</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>reconnecting</source>
        <translation>正在重新连接</translation>
    </message>
    <message>
        <source>gone</source>
        <translation>失去联系</translation>
    </message>
    <message>
        <source>left</source>
        <translation>已离开</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>已移除</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>被拒绝</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>waiting to be admitted</source>
        <translation>等待准入</translation>
    </message>
    <message>
        <source>removed from the room</source>
        <translation>已被移出房间</translation>
    </message>
    <message>
        <source>gathering</source>
        <translation>集合中</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>已结束</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 毫秒</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1 天 %2 小时</translation>
    </message>
    <message>
        <source>%1 of updates, %2, %3 of text</source>
        <translation>%1 更新，%2，%3 文本</translation>
    </message>
    <message numerus="yes">
        <source>%n number(s)</source>
        <translation>
            <numerusform>%n 个数字</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n label count(s)</source>
        <translation>
            <numerusform>%n 个标签计数</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LiveCanvas</name>
    <message>
        <source>start adapter saved</source>
        <translation>起始适配器已保存</translation>
    </message>
    <message>
        <source>round %1 saved</source>
        <translation>第 %1 轮已保存</translation>
    </message>
    <message>
        <source>evaluating</source>
        <translation>评估中</translation>
    </message>
    <message>
        <source>waiting for updates</source>
        <translation>等待更新</translation>
    </message>
    <message>
        <source>aggregating</source>
        <translation>聚合中</translation>
    </message>
</context>
<context>
    <name>Methods</name>
    <message>
        <source>%1 %2</source>
        <comment>two sentences</comment>
        <translation>%1%2</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 到 %2</translation>
    </message>
    <message>
        <source>Known when the core has forecast the scenario without errors.</source>
        <translation>核心程序无错误地预测这个场景之后才知道。</translation>
    </message>
    <message>
        <source>%1 up, %2 down</source>
        <translation>上行 %1，下行 %2</translation>
    </message>
    <message>
        <source>%1 for each client and round.</source>
        <translation>每个客户端每一轮：%1。</translation>
    </message>
    <message>
        <source>later rounds: %1</source>
        <translation>以后各轮：%1</translation>
    </message>
    <message>
        <source>round %1: %2</source>
        <translation>第 %1 轮：%2</translation>
    </message>
    <message>
        <source>For each client, %1.</source>
        <translation>每个客户端，%1。</translation>
    </message>
    <message>
        <source>For each client, %1; and so on.</source>
        <translation>每个客户端，%1；依此类推。</translation>
    </message>
    <message>
        <source>coordinator&apos;s optimizer</source>
        <translation>协调器的优化器</translation>
    </message>
    <message>
        <source>control variates</source>
        <translation>控制变量</translation>
    </message>
    <message>
        <source>ranks of clients&apos; own</source>
        <translation>客户端各自的秩</translation>
    </message>
    <message>
        <source>modules kept whole</source>
        <translation>整体保留的模块</translation>
    </message>
    <message>
        <source>top-k down</source>
        <translation>下行 top-k</translation>
    </message>
    <message>
        <source>int8 and int4 down</source>
        <translation>下行 int8 与 int4</translation>
    </message>
    <message>
        <source>rooms</source>
        <translation>房间</translation>
    </message>
    <message>
        <source>%1 sets the next adapter itself.</source>
        <translation>%1 自己确定下一个适配器。</translation>
    </message>
    <message>
        <source>Control variates go with FedIT alone, not with %1.</source>
        <translation>控制变量只能与 FedIT 一起使用，不能与 %1 一起使用。</translation>
    </message>
    <message>
        <source>%1 needs the same rank of every client.</source>
        <translation>%1 要求每个客户端的秩相同。</translation>
    </message>
    <message>
        <source>%1 adds to the base, which is not done for whole modules.</source>
        <translation>%1 会在基座旁边累加，整体保留的模块不支持这样做。</translation>
    </message>
    <message>
        <source>%1 trains cores of LoRA modules alone.</source>
        <translation>%1 只训练 LoRA 模块的核。</translation>
    </message>
    <message>
        <source>Versions without their small numbers are a start for FedIT alone, not for %1.</source>
        <translation>去掉小数值的版本只能作为 FedIT 的起点，不能作为 %1 的起点。</translation>
    </message>
    <message>
        <source>%1 leaves one factor with the clients, which rounding at random would tear apart.</source>
        <translation>%1 把一个因子留在客户端，随机舍入会使它们彼此分离。</translation>
    </message>
    <message>
        <source>Exact: the clients&apos; products B A are averaged, and what the factors cannot hold is added beside the base.</source>
        <translation>精确：对客户端的乘积 B A 求平均，因子容纳不下的部分加在基座旁边。</translation>
    </message>
    <message>
        <source>Exact before the cut: the clients&apos; products B A are averaged, then cut to the rank; what that drops is reported.</source>
        <translation>截断之前精确：对客户端的乘积 B A 求平均，再截断到该秩；丢弃的部分会报告。</translation>
    </message>
    <message>
        <source>Exact: only small cores between factors that everybody has are averaged.</source>
        <translation>精确：只对大家共有的因子之间的小核求平均。</translation>
    </message>
    <message>
        <source>Exact: a round trains one factor and leaves the other, which all clients share.</source>
        <translation>精确：每一轮训练一个因子，另一个不动，由所有客户端共有。</translation>
    </message>
    <message>
        <source>Exact: only B is averaged; A is the same for all clients of a round.</source>
        <translation>精确：只对 B 求平均；A 在一轮中对所有客户端都相同。</translation>
    </message>
    <message>
        <source>Inexact: A is averaged, while every client multiplies it with a B of its own.</source>
        <translation>不精确：对 A 求平均，而每个客户端用自己的 B 与它相乘。</translation>
    </message>
    <message>
        <source>Inexact: the averaged factors are only corrected towards the mean of the products B A.</source>
        <translation>不精确：平均后的因子只是朝乘积 B A 的均值修正。</translation>
    </message>
    <message>
        <source>Inexact: factors of different ranks are averaged component by component.</source>
        <translation>不精确：不同秩的因子按分量逐个求平均。</translation>
    </message>
    <message>
        <source>Inexact: A and B are averaged apart, and the product of means is not the mean of products.</source>
        <translation>不精确：A 与 B 分别求平均，而均值的乘积不是乘积的均值。</translation>
    </message>
    <message>
        <source>Up to your program; every round reports how far its result is from exact.</source>
        <translation>由您的程序决定；每一轮都会报告其结果与精确值相差多少。</translation>
    </message>
    <message>
        <source>The adapters that clients keep are not averaged.</source>
        <translation>客户端自己保留的适配器不参与平均。</translation>
    </message>
    <message>
        <source>One factor of every client a round, B and A by turns.</source>
        <translation>每一轮得到每个客户端的一个因子，B 与 A 轮流。</translation>
    </message>
    <message>
        <source>A of every client, never a B.</source>
        <translation>每个客户端的 A，从不包括 B。</translation>
    </message>
    <message>
        <source>B of every client; everybody knows A.</source>
        <translation>每个客户端的 B；A 是大家都知道的。</translation>
    </message>
    <message>
        <source>Small cores of every client.</source>
        <translation>每个客户端的小核。</translation>
    </message>
    <message>
        <source>A and B of every client.</source>
        <translation>每个客户端的 A 和 B。</translation>
    </message>
    <message>
        <source>Never the adapters that clients keep.</source>
        <translation>从不包括客户端自己保留的适配器。</translation>
    </message>
    <message>
        <source>Their control variates, too.</source>
        <translation>还有它们的控制变量。</translation>
    </message>
    <message>
        <source>It needs only their weighted sum, so secure aggregation would fit.</source>
        <translation>它只需要加权和，因此适合安全聚合。</translation>
    </message>
    <message>
        <source>It needs each client&apos;s update by itself, so secure aggregation does not fit.</source>
        <translation>它需要每个客户端单独的更新，因此不适合安全聚合。</translation>
    </message>
    <message>
        <source>Every adapter that was sent in the round, stacked: each client receives the others&apos;.</source>
        <translation>本轮发送的所有适配器，叠在一起：每个客户端都会收到其他客户端的。</translation>
    </message>
    <message>
        <source>The mean of A only.</source>
        <translation>只有 A 的均值。</translation>
    </message>
    <message>
        <source>The combined adapter and what was added beside the base; never one client&apos;s own.</source>
        <translation>合并后的适配器以及加在基座旁边的部分；从不包括某个客户端自己的。</translation>
    </message>
    <message>
        <source>The mean of the cores; never one client&apos;s own.</source>
        <translation>核的均值；从不包括某个客户端自己的。</translation>
    </message>
    <message>
        <source>The combined adapter only; never one client&apos;s own.</source>
        <translation>只有合并后的适配器；从不包括某个客户端自己的。</translation>
    </message>
    <message>
        <source>Its own B, which never leaves it.</source>
        <translation>它自己的 B，从不离开它。</translation>
    </message>
    <message>
        <source>An adapter of its own, trained beside the shared one: twice the local work.</source>
        <translation>它自己的适配器，与共享的适配器一起训练：本地工作量加倍。</translation>
    </message>
    <message>
        <source>What was added beside the base so far, for every adapted module.</source>
        <translation>到目前为止加在基座旁边的部分，每个适配模块都有。</translation>
    </message>
    <message>
        <source>The factor that is not trained in the round.</source>
        <translation>本轮不训练的那个因子。</translation>
    </message>
    <message>
        <source>Its control variate.</source>
        <translation>它的控制变量。</translation>
    </message>
    <message>
        <source>What its codec lost, for its next update.</source>
        <translation>它的编码丢失的部分，留给下一次更新。</translation>
    </message>
    <message>
        <source>Nothing: each round starts from what comes down.</source>
        <translation>什么都不保留：每一轮都从下行的内容开始。</translation>
    </message>
    <message>
        <source>Zero padding</source>
        <translation>补零</translation>
    </message>
    <message>
        <source>Local and global LoRA (Ditto)</source>
        <translation>本地与全局 LoRA（Ditto）</translation>
    </message>
    <message>
        <source>A program of your own</source>
        <translation>您自己的程序</translation>
    </message>
    <message>
        <source>Rank to which the accumulator beside the base is recompressed after every round; 0 keeps it without loss.

A smaller rank costs less memory and fewer bytes for a client that comes late; the energy that is dropped is reported every round.</source>
        <translation>每一轮之后把基座旁边的累加器重新压缩到的秩；0 表示无损保留。

较小的秩占用的内存更少，对后来的客户端所需的字节也更少；每一轮都会报告丢弃的能量。</translation>
    </message>
    <message>
        <source>Rank to which the mean of the products is cut; 0 is the scenario&apos;s rank.

The energy of the singular values behind it is dropped and reported.</source>
        <translation>把乘积的均值截断到的秩；0 表示场景的秩。

其后奇异值的能量会被丢弃并报告。</translation>
    </message>
    <message>
        <source>How strongly the correction of B is held small, beside the distance between the product and the mean of the clients&apos; products.

0 takes the closest correction there is; a large value takes none and leaves FedIT.</source>
        <translation>除了乘积与客户端乘积均值之间的距离，B 的修正被压小的强度。

0 取最接近的修正；很大的值不作修正，相当于 FedIT。</translation>
    </message>
    <message>
        <source>1 corrects the direction only (cosine similarity, found step by step), 0 the distance (closed form).

The paper names both; the closed form is exact for the distance.</source>
        <translation>1 只修正方向（余弦相似度，逐步求得），0 修正距离（闭式解）。

论文两者都提到；闭式解对距离是精确的。</translation>
    </message>
    <message>
        <source>1 weighs every module by its own norms, 0 all modules of a client alike.

The paper does not settle which.</source>
        <translation>1 按每个模块自己的范数加权，0 对一个客户端的所有模块一视同仁。

论文没有确定是哪一种。</translation>
    </message>
    <message>
        <source>A client whose components behind this part of its rank lost weight while it trained is pruned to this part of its rank.

1 never prunes. In a room nobody is pruned.</source>
        <translation>如果客户端训练时其秩的这一部分之后的分量变小，就把它裁剪到其秩的这一部分。

1 表示从不裁剪。在房间里不会裁剪任何成员。</translation>
    </message>
    <message>
        <source>Weight of the penalty that makes a client&apos;s last components small, so that it can be pruned.

0 leaves the loss alone.</source>
        <translation>使客户端最后几个分量变小以便裁剪的惩罚项的权重。

0 表示不改变损失。</translation>
    </message>
    <message>
        <source>No client is pruned below this rank.</source>
        <translation>任何客户端都不会被裁剪到低于这个秩。</translation>
    </message>
    <message>
        <source>Seconds that the program may take for one round.

Then it is ended, with everything it started, and the run fails with that reason.</source>
        <translation>程序在一轮中可以使用的秒数。

超过后它以及它启动的一切都会被结束，运行以此原因失败。</translation>
    </message>
    <message>
        <source>Into how many heads the rank is split, each with a core of its own; it must divide the LoRA rank.

A module sends rank^2 / heads numbers: with twice the rank and four times the heads as many bytes buy twice the rank.</source>
        <translation>把秩分成多少个头，每个头有自己的核；它必须整除 LoRA 秩。

一个模块发送 秩^2 / 头数 个数值：秩加倍、头数变为四倍时，用同样的字节得到两倍的秩。</translation>
    </message>
    <message>
        <source>How strongly a client&apos;s own adapter is drawn towards the global one while it trains.

0 trains it alone; a large value leaves the global adapter.</source>
        <translation>训练时客户端自己的适配器被拉向全局适配器的强度。

0 表示单独训练；很大的值就等于全局适配器。</translation>
    </message>
    <message>
        <source>Merged rank</source>
        <translation>合并后的秩</translation>
    </message>
    <message>
        <source>Rank of the mean</source>
        <translation>均值的秩</translation>
    </message>
    <message>
        <source>Lambda</source>
        <translation>Lambda</translation>
    </message>
    <message>
        <source>Correct the direction only</source>
        <translation>只修正方向</translation>
    </message>
    <message>
        <source>Weigh each module</source>
        <translation>逐模块加权</translation>
    </message>
    <message>
        <source>Kept part of the rank</source>
        <translation>保留的秩比例</translation>
    </message>
    <message>
        <source>Smallest rank</source>
        <translation>最小秩</translation>
    </message>
    <message>
        <source>Time limit (s)</source>
        <translation>时限（秒）</translation>
    </message>
    <message>
        <source>Share sent</source>
        <translation>发送比例</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>头数</translation>
    </message>
    <message>
        <source>up to you</source>
        <translation>由您决定</translation>
    </message>
    <message>
        <source>exact before the cut</source>
        <translation>截断之前精确</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>inexact</source>
        <translation>不精确</translation>
    </message>
    <message>
        <source>Average the factors</source>
        <translation>平均因子</translation>
    </message>
    <message>
        <source>Exact by freezing or alternating</source>
        <translation>冻结或交替以求精确</translation>
    </message>
    <message>
        <source>Aggregate the product</source>
        <translation>聚合乘积</translation>
    </message>
    <message>
        <source>Mixed ranks</source>
        <translation>混合秩</translation>
    </message>
    <message>
        <source>Personal</source>
        <translation>个性化</translation>
    </message>
    <message>
        <source>FedIT</source>
        <translation>FedIT</translation>
    </message>
    <message>
        <source>FFA-LoRA</source>
        <translation>FFA-LoRA</translation>
    </message>
    <message>
        <source>RoLoRA</source>
        <translation>RoLoRA</translation>
    </message>
    <message>
        <source>LoRA-A2</source>
        <translation>LoRA-A2</translation>
    </message>
    <message>
        <source>FedSVD</source>
        <translation>FedSVD</translation>
    </message>
    <message>
        <source>RAVAN</source>
        <translation>RAVAN</translation>
    </message>
    <message>
        <source>Fed-SB</source>
        <translation>Fed-SB</translation>
    </message>
    <message>
        <source>FLoRA</source>
        <translation>FLoRA</translation>
    </message>
    <message>
        <source>FlexLoRA</source>
        <translation>FlexLoRA</translation>
    </message>
    <message>
        <source>FedEx-LoRA</source>
        <translation>FedEx-LoRA</translation>
    </message>
    <message>
        <source>LoRA-FAIR</source>
        <translation>LoRA-FAIR</translation>
    </message>
    <message>
        <source>HetLoRA</source>
        <translation>HetLoRA</translation>
    </message>
    <message>
        <source>RBLA</source>
        <translation>RBLA</translation>
    </message>
    <message>
        <source>FedSA-LoRA</source>
        <translation>FedSA-LoRA</translation>
    </message>
    <message>
        <source>Exact after the first round: only small cores between factors that everybody has are averaged. The first round&apos;s mean is cut to the rank; what that drops is reported.</source>
        <translation>从第二轮起精确：只对大家共有的因子之间的小核求平均。第一轮的均值截断到秩；丢弃的部分会报告。</translation>
    </message>
    <message>
        <source>What a client does not choose stays as it was.</source>
        <translation>客户端没有选择的部分保持原样。</translation>
    </message>
    <message>
        <source>The leading part of every client&apos;s gradient in the first round, then small cores of every client.</source>
        <translation>第一轮中每个客户端梯度的主要部分，之后是每个客户端的小核。</translation>
    </message>
    <message>
        <source>The leading part of the mean gradient, then the mean of the cores; never one client&apos;s own.</source>
        <translation>平均梯度的主要部分，之后是核的均值；从不包括某个客户端自己的。</translation>
    </message>
    <message>
        <source>The two factors around the cores, which the first round found.</source>
        <translation>小核两侧的两个因子，由第一轮找到。</translation>
    </message>
    <message>
        <source>Part of the trained factor&apos;s numbers that a client trains and sends in a round: its most important components of all modules.

A component counts by what it would add to the change of the product: the length of its row or column in the client&apos;s gradient times the length of the one it is multiplied with. The others stay as they are.</source>
        <translation>客户端在一轮中训练并发送所训练因子数值的多少：所有模块中最重要的分量。

分量的重要性是它会给乘积的变化带来多少：客户端梯度中它那一行或一列的长度，乘以与它相乘的那一个的长度。其余部分保持原样。</translation>
    </message>
    <message>
        <source>Batches from whose mean gradient a client chooses its components, before it trains.

They cost about as much time as local steps; the paper chooses by the change that an epoch makes.</source>
        <translation>客户端在训练之前，用多少批数据的平均梯度来选择分量。

每批大约与一个本地步一样费时；论文按一个轮次（epoch）带来的变化来选择。</translation>
    </message>
    <message>
        <source>Batches to choose by</source>
        <translation>用于选择的批数</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>Start here: the sample, recent scenarios and runs (Ctrl+1)</source>
        <translation>从这里开始：示例、最近的场景和运行 (Ctrl+1)</translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Coordinator, clients, links and training settings (Ctrl+2)</source>
        <translation>协调器、客户端、链路和训练设置 (Ctrl+2)</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Import a dataset and split it between the clients (Ctrl+3)</source>
        <translation>导入数据集并划分给各个客户端 (Ctrl+3)</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Curves, traffic and exact match of a run (Ctrl+4)</source>
        <translation>一次运行的曲线、通信量和精确匹配 (Ctrl+4)</translation>
    </message>
    <message>
        <source>Lab</source>
        <translation>实验室</translation>
    </message>
    <message>
        <source>Train together with other machines: host a room or join one (Ctrl+5)</source>
        <translation>与其他机器一起训练：开设或加入房间 (Ctrl+5)</translation>
    </message>
</context>
<context>
    <name>Problems</name>
    <message>
        <source>expected a whole number from %1 to %2, got %3</source>
        <translation>应为 %1 到 %2 之间的整数，实际是 %3</translation>
    </message>
    <message>
        <source>expected a number from %1 to %2, got %3</source>
        <translation>应为 %1 到 %2 之间的数，实际是 %3</translation>
    </message>
    <message>
        <source>expected a number more than %1, got %2</source>
        <translation>应为大于 %1 的数，实际是 %2</translation>
    </message>
    <message>
        <source>expected a number %1 or more, got %2</source>
        <translation>应为不小于 %1 的数，实际是 %2</translation>
    </message>
    <message>
        <source>expected a number more than %1 and at most %2, got %3</source>
        <translation>应为大于 %1 且不大于 %2 的数，实际是 %3</translation>
    </message>
    <message>
        <source>expected a number at least %1 and less than %2, got %3</source>
        <translation>应为不小于 %1 且小于 %2 的数，实际是 %3</translation>
    </message>
    <message>
        <source>choose at least one data file</source>
        <translation>请至少选择一个数据文件</translation>
    </message>
    <message>
        <source>choose at least one module, such as %1</source>
        <translation>请至少选择一个模块，例如 %1</translation>
    </message>
    <message>
        <source>with one client there is nothing to average</source>
        <translation>只有一个客户端时没有可平均的内容</translation>
    </message>
    <message>
        <source>%1 expects a number of clients</source>
        <translation>%1 需要给出客户端数量</translation>
    </message>
    <message>
        <source>the Dirichlet split needs the field that holds the label</source>
        <translation>Dirichlet 划分需要指定标签字段</translation>
    </message>
    <message>
        <source>the split by column needs the field whose values are the clients</source>
        <translation>按列划分需要指定其取值对应客户端的字段</translation>
    </message>
    <message>
        <source>one file a client: with one file there is one client</source>
        <translation>每个文件一个客户端：只有一个文件就只有一个客户端</translation>
    </message>
    <message>
        <source>the scenario has no name</source>
        <translation>场景没有名称</translation>
    </message>
    <message>
        <source>choose a base model: a folder or builtin:NAME</source>
        <translation>请选择基础模型：一个文件夹或 builtin:名称</translation>
    </message>
    <message>
        <source>a learning rate of %1 usually diverges; 0.0001 to 0.01 is common for LoRA</source>
        <translation>学习率 %1 通常会发散；LoRA 常用 0.0001 到 0.01</translation>
    </message>
    <message>
        <source>no records are held out, so the run has no held-out loss and no exact match</source>
        <translation>没有留出记录，因此运行没有留出损失，也没有精确匹配</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Rounds</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Codec</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>LoRA rank</source>
        <translation>LoRA 秩</translation>
    </message>
    <message>
        <source>LoRA alpha</source>
        <translation>LoRA alpha</translation>
    </message>
    <message>
        <source>LoRA dropout</source>
        <translation>LoRA 丢弃率</translation>
    </message>
    <message>
        <source>Target modules</source>
        <translation>目标模块</translation>
    </message>
    <message>
        <source>Local steps</source>
        <translation>本地步数</translation>
    </message>
    <message>
        <source>Local epochs</source>
        <translation>本地遍数</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>Longest record</source>
        <translation>最长记录</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Alpha of the split</source>
        <translation>划分的 alpha</translation>
    </message>
    <message>
        <source>Column of the split</source>
        <translation>划分所用的列</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>Data files</source>
        <translation>数据文件</translation>
    </message>
    <message>
        <source>Label field</source>
        <translation>标签字段</translation>
    </message>
    <message>
        <source>Held-out share</source>
        <translation>留出比例</translation>
    </message>
    <message>
        <source>Cohort</source>
        <translation>参与者</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Held-out files</source>
        <translation>留出文件</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Bad lines</source>
        <translation>坏行</translation>
    </message>
    <message>
        <source>Template</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Fewest records</source>
        <translation>最少记录数</translation>
    </message>
    <message>
        <source>Labels of each client</source>
        <translation>每个客户端的标签数</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Gradient clipping</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Aggregator</source>
        <translation>聚合器</translation>
    </message>
    <message>
        <source>Coordinator&apos;s optimizer</source>
        <translation>协调器的优化器</translation>
    </message>
    <message>
        <source>Coordinator&apos;s rate</source>
        <translation>协调器的学习率</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>动量</translation>
    </message>
    <message>
        <source>FedProx mu</source>
        <translation>FedProx 的 mu</translation>
    </message>
    <message>
        <source>Uplink</source>
        <translation>上行</translation>
    </message>
    <message>
        <source>Downlink</source>
        <translation>下行</translation>
    </message>
    <message>
        <source>Latency</source>
        <translation>延迟</translation>
    </message>
    <message>
        <source>Quorum</source>
        <translation>法定比例</translation>
    </message>
    <message>
        <source>Deadline of a round</source>
        <translation>一轮的期限</translation>
    </message>
    <message>
        <source>Records scored</source>
        <translation>评分的记录数</translation>
    </message>
    <message>
        <source>Control files</source>
        <translation>对照文件</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>%1; did you mean “%2”?</source>
        <translation>%1；是不是指“%2”？</translation>
    </message>
    <message numerus="yes">
        <source>%1 (and %n more problem(s))</source>
        <translation>
            <numerusform>%1（另有 %n 个问题）</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Client %1</source>
        <translation>客户端 %1</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>expected a number more than %1 and less than %2, got %3</source>
        <translation>应为大于 %1 且小于 %2 的数，实际是 %3</translation>
    </message>
    <message>
        <source>expected a number at least %1 and at most %2, got %3</source>
        <translation>应为不小于 %1 且不大于 %2 的数，实际是 %3</translation>
    </message>
    <message>
        <source>expected one of %1, got &quot;%2&quot;; for FedProx keep fedavg and set strategy.proximal_mu</source>
        <translation>应为 %1 之一，实际是“%2”；使用 FedProx 时请保留 fedavg 并设置 strategy.proximal_mu</translation>
    </message>
    <message>
        <source>expected one of %1, got &quot;%2&quot;; for SCAFFOLD keep fedavg and set strategy.control_variates</source>
        <translation>应为 %1 之一，实际是“%2”；使用 SCAFFOLD 时请保留 fedavg 并设置 strategy.control_variates</translation>
    </message>
    <message>
        <source>expected one of %1, got &quot;%2&quot;; for it keep fedavg and set strategy.server_optimizer to %3</source>
        <translation>应为 %1 之一，实际是“%2”；使用它时请保留 fedavg 并把 strategy.server_optimizer 设为 %3</translation>
    </message>
    <message>
        <source>parameter %1: expected a whole number from %2 to %3, got %4</source>
        <translation>参数 %1：应为 %2 到 %3 的整数，实际是 %4</translation>
    </message>
    <message>
        <source>parameter %1: expected a number from %2 to %3, got %4</source>
        <translation>参数 %1：应为 %2 到 %3 的数，实际是 %4</translation>
    </message>
    <message>
        <source>%1 has no parameter &quot;%2&quot;; it has none</source>
        <translation>%1 没有参数“%2”；它没有任何参数</translation>
    </message>
    <message>
        <source>%1 has no parameter &quot;%2&quot;; it has %3</source>
        <translation>%1 没有参数“%2”；它的参数是 %3</translation>
    </message>
    <message>
        <source>expected the path of a program behind exec:, got nothing</source>
        <translation>exec: 后面应为程序路径，实际为空</translation>
    </message>
    <message>
        <source>in a room the aggregator&apos;s program runs on the host&apos;s machine, which has to allow it as the room is opened</source>
        <translation>在房间中，聚合程序在主持方的机器上运行，开设房间时须允许它</translation>
    </message>
    <message>
        <source>reference lines are trained where all data are, in simulations: expected false</source>
        <translation>参考线要在所有数据所在之处训练，只能用于模拟：应为 false</translation>
    </message>
    <message>
        <source>Reference lines</source>
        <translation>参考线</translation>
    </message>
    <message>
        <source>%1 sets the next adapter itself: expected none, got &quot;%2&quot;</source>
        <translation>%1 自行决定下一个适配器：应为 none，实际是“%2”</translation>
    </message>
    <message>
        <source>%1 merges what the clients learn beside the base, which is not done for whole tensors: expected none</source>
        <translation>%1 把客户端学到的内容并到基座旁边，整个张量不支持这样做：应为空</translation>
    </message>
    <message>
        <source>Part that comes down</source>
        <translation>下发的部分</translation>
    </message>
    <message>
        <source>the density has no effect with codec %1, only with top-k</source>
        <translation>编码 %1 用不到密度，只有 top-k 用得到</translation>
    </message>
    <message>
        <source>a version&apos;s largest values alone are a start for FedIT, whose coordinator keeps the others; expected f32, f16, bf16, int8 or int4 with %1</source>
        <translation>只下发版本中最大的数值适用于 FedIT，其余数值由协调者保留；使用 %1 时应为 f32、f16、bf16、int8 或 int4</translation>
    </message>
    <message>
        <source>%1 trains cores of LoRA modules alone: expected none</source>
        <translation>%1 只训练 LoRA 模块的核心：应为空</translation>
    </message>
    <message>
        <source>%1: expected a rank that %2 heads divide, got %3</source>
        <translation>%1：秩应能被 %2 个头整除，实际是 %3</translation>
    </message>
    <message>
        <source>%1 leaves one factor with the clients from round to round, which rounding at random would tear apart: expected f32, f16 or bf16, got &quot;%2&quot;</source>
        <translation>%1 让一个因子跨轮次留在客户端，随机舍入会使各方不一致：应为 f32、f16 或 bf16，实际是“%2”</translation>
    </message>
    <message>
        <source>control variates are done for fedavg, got &quot;%1&quot;</source>
        <translation>控制变量只用于 fedavg，实际是“%1”</translation>
    </message>
    <message>
        <source>SCAFFOLD&apos;s control variates are gradients where clients train with sgd without momentum; otherwise this is a heuristic</source>
        <translation>只有客户端用不带动量的 sgd 训练时，SCAFFOLD 的控制变量才是梯度；否则只是启发式做法</translation>
    </message>
    <message>
        <source>momentum belongs to sgd, so it is not used with %1</source>
        <translation>动量属于 sgd，因此 %1 不使用它</translation>
    </message>
    <message>
        <source>ranks of their own run in simulations; a room&apos;s members all have lora.rank</source>
        <translation>各自的秩只能在模拟中使用；房间成员的秩都是 lora.rank</translation>
    </message>
    <message>
        <source>%1 needs the same rank of every client; flora, flexlora, rbla, hetlora and zero-padding mix them</source>
        <translation>%1 要求每个客户端的秩相同；flora、flexlora、rbla、hetlora 和 zero-padding 可以混用</translation>
    </message>
    <message>
        <source>Beta 1</source>
        <translation>Beta 1</translation>
    </message>
    <message>
        <source>Beta 2</source>
        <translation>Beta 2</translation>
    </message>
    <message>
        <source>Tau</source>
        <translation>Tau</translation>
    </message>
    <message>
        <source>Parameters of the method</source>
        <translation>方法的参数</translation>
    </message>
    <message>
        <source>Control variates</source>
        <translation>控制变量</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Clients&apos; optimizer</source>
        <translation>客户端优化器</translation>
    </message>
    <message>
        <source>expected one of the fields %1, got &quot;%2&quot;</source>
        <translation>应为字段 %1 之一，实际是“%2”</translation>
    </message>
    <message>
        <source>expected one of %1, got &quot;%2&quot;</source>
        <translation>应为 %1 之一，实际是“%2”</translation>
    </message>
    <message>
        <source>expected a name, got nothing</source>
        <translation>应为名称，实际为空</translation>
    </message>
    <message>
        <source>client %1 is given twice</source>
        <translation>客户端 %1 给出了两次</translation>
    </message>
    <message>
        <source>the key &quot;%1&quot; is given twice</source>
        <translation>键“%1”给出了两次</translation>
    </message>
    <message>
        <source>&quot;%1&quot; is given twice</source>
        <translation>“%1”给出了两次</translation>
    </message>
    <message>
        <source>expected UTF-8 text, got other bytes</source>
        <translation>应为 UTF-8 文本，实际是其他字节</translation>
    </message>
    <message>
        <source>&quot;%1&quot; is also a training file, so the held-out records would be trained on</source>
        <translation>“%1”同时也是训练文件，留出的记录会被用来训练</translation>
    </message>
    <message>
        <source>expected the text that the model learns to answer, such as {output}, got nothing</source>
        <translation>应为模型要学会回答的文本，例如 {output}，实际为空</translation>
    </message>
    <message>
        <source>the response has no {field}, so every record teaches the same text</source>
        <translation>回答里没有 {字段名}，因此每条记录教的都是同一段文本</translation>
    </message>
    <message>
        <source>the data decide the number of clients with %1, so %2 is not used</source>
        <translation>采用 %1 时客户端数量由数据决定，因此 %2 不起作用</translation>
    </message>
    <message>
        <source>a number of labels for each client needs the field that holds the label</source>
        <translation>要指定每个客户端的标签数，需要先指定标签字段</translation>
    </message>
    <message>
        <source>labels_per_client applies to iid, so it is not used with %1</source>
        <translation>labels_per_client 只用于 iid，因此采用 %1 时不起作用</translation>
    </message>
    <message>
        <source>expected local_steps or local_epochs, got both</source>
        <translation>本地步数和本地遍数只能给出其中一个，实际给出了两个</translation>
    </message>
    <message>
        <source>expected local_steps or local_epochs, got neither</source>
        <translation>应给出本地步数或本地遍数，实际都没有给出</translation>
    </message>
    <message>
        <source>expected size or fraction, got both</source>
        <translation>参与者的数量和比例只能给出其中一个，实际给出了两个</translation>
    </message>
    <message>
        <source>expected at most %1 (the clients there are), got %2</source>
        <translation>最多为 %1（现有的客户端数），实际是 %2</translation>
    </message>
    <message>
        <source>expected a client from 0 to %1, got %2</source>
        <translation>应为 0 到 %1 之间的客户端，实际是 %2</translation>
    </message>
    <message>
        <source>two clients are called &quot;%1&quot;</source>
        <translation>有两个客户端都叫“%1”</translation>
    </message>
    <message>
        <source>a round closes when %1 of its cohort have answered, so results depend on timing</source>
        <translation>有 %1 的参与者应答后一轮就结束，因此结果取决于时间</translation>
    </message>
    <message>
        <source>clients that need more than %1 s are left out, so results depend on timing</source>
        <translation>需要超过 %1 秒的客户端会被略过，因此结果取决于时间</translation>
    </message>
    <message>
        <source>the base model has no module &quot;%1&quot;; it has %2</source>
        <translation>基础模型没有模块“%1”；它有 %2</translation>
    </message>
    <message>
        <source>%1 client has no record and sits out</source>
        <translation>%1 个客户端没有记录，不参加</translation>
    </message>
    <message>
        <source>%1 clients have no record and sit out</source>
        <translation>%1 个客户端没有记录，不参加</translation>
    </message>
    <message>
        <source>not valid JSON at line %1, column %2: %3</source>
        <translation>第 %1 行第 %2 列不是有效的 JSON：%3</translation>
    </message>
    <message>
        <source>not usable JSON: %1</source>
        <translation>无法使用的 JSON：%1</translation>
    </message>
    <message>
        <source>unknown key</source>
        <translation>未知的键</translation>
    </message>
    <message>
        <source>this scenario has version %1, this program reads up to version %2: open it with a newer FedLLM Studio</source>
        <translation>这个场景的版本是 %1，本程序最高读取版本 %2：请用更新的 FedLLM 工作室打开</translation>
    </message>
    <message>
        <source>expected 1 or more, got %1</source>
        <translation>应为 1 或更大，实际是 %1</translation>
    </message>
    <message>
        <source>expected the key &quot;client&quot; (the 0-based index), got none</source>
        <translation>应有键“client”（从 0 开始的序号），实际没有</translation>
    </message>
    <message>
        <source>expected text, got %9</source>
        <translation>应为文本，实际是 %9</translation>
    </message>
    <message>
        <source>expected true or false, got %9</source>
        <translation>应为 true 或 false，实际是 %9</translation>
    </message>
    <message>
        <source>expected a whole number of at most %1, got %9</source>
        <translation>应为不大于 %1 的整数，实际是 %9</translation>
    </message>
    <message>
        <source>expected a whole number, got %9</source>
        <translation>应为整数，实际是 %9</translation>
    </message>
    <message>
        <source>expected a number, got %9</source>
        <translation>应为数，实际是 %9</translation>
    </message>
    <message>
        <source>expected a list of texts, got %9</source>
        <translation>应为文本列表，实际是 %9</translation>
    </message>
    <message>
        <source>expected a list, got %9</source>
        <translation>应为列表，实际是 %9</translation>
    </message>
    <message>
        <source>expected an object, got %9</source>
        <translation>应为对象，实际是 %9</translation>
    </message>
    <message>
        <source>an empty list</source>
        <translation>空列表</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>列表</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>对象</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>数</translation>
    </message>
    <message>
        <source>a scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>there is no shipped scenario &quot;%1&quot;; there are: %2</source>
        <translation>没有名为“%1”的自带场景；自带的有：%2</translation>
    </message>
    <message>
        <source>there is no shipped scenario &quot;%1&quot;</source>
        <translation>没有名为“%1”的自带场景</translation>
    </message>
    <message>
        <source>expected a file, got a folder: %1</source>
        <translation>应为文件，实际是文件夹：%1</translation>
    </message>
    <message>
        <source>expected a file: %1</source>
        <translation>应为文件：%1</translation>
    </message>
    <message>
        <source>cannot open the ledger %1: %9</source>
        <translation>无法打开运行记录 %1：%9</translation>
    </message>
    <message>
        <source>cannot use the ledger %1: %9</source>
        <translation>无法使用运行记录 %1：%9</translation>
    </message>
    <message>
        <source>cannot open %1: %9</source>
        <translation>无法打开 %1：%9</translation>
    </message>
    <message>
        <source>cannot open %1</source>
        <translation>无法打开 %1</translation>
    </message>
    <message>
        <source>cannot read %1: %9</source>
        <translation>无法读取 %1：%9</translation>
    </message>
    <message>
        <source>cannot read %1</source>
        <translation>无法读取 %1</translation>
    </message>
    <message>
        <source>cannot map %1: %9</source>
        <translation>无法读取 %1：%9</translation>
    </message>
    <message>
        <source>cannot write %1: %9</source>
        <translation>无法写入 %1：%9</translation>
    </message>
    <message>
        <source>cannot create folder %1: %9</source>
        <translation>无法创建文件夹 %1：%9</translation>
    </message>
    <message>
        <source>cannot create %1: %9</source>
        <translation>无法创建 %1：%9</translation>
    </message>
    <message>
        <source>cannot replace %1: %9</source>
        <translation>无法替换 %1：%9</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>没有这个文件或文件夹</translation>
    </message>
    <message>
        <source>no such file or folder</source>
        <translation>没有这个文件或文件夹</translation>
    </message>
    <message>
        <source>no such file</source>
        <translation>没有这个文件</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>Operation not permitted</source>
        <translation>不允许这样做</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>Disk quota exceeded</source>
        <translation>超出磁盘配额</translation>
    </message>
    <message>
        <source>File too large</source>
        <translation>文件太大</translation>
    </message>
    <message>
        <source>File name too long</source>
        <translation>文件名太长</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>文件系统是只读的</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>这是一个文件夹</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>不是文件夹</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>读写错误</translation>
    </message>
    <message>
        <source>the file is not a ledger (not an SQLite database)</source>
        <translation>这个文件不是运行记录（不是 SQLite 数据库）</translation>
    </message>
    <message>
        <source>neither model.safetensors nor model.safetensors.index.json in %1</source>
        <translation>%1 里既没有 model.safetensors，也没有 model.safetensors.index.json</translation>
    </message>
    <message>
        <source>%1 is a Python pickle, which can run any program when it is opened, and is not read; save the model as model.safetensors</source>
        <translation>%1 是 Python pickle 文件，打开时可能运行任何程序，因此不读取；请把模型另存为 model.safetensors</translation>
    </message>
    <message>
        <source>model_type %1 is not supported; supported: %2</source>
        <translation>不支持 model_type %1；支持的有：%2</translation>
    </message>
    <message>
        <source>&quot;%1&quot; is missing</source>
        <translation>缺少“%1”</translation>
    </message>
    <message>
        <source>asks for %1 = %2, which this version does not do</source>
        <translation>要求 %1 = %2，这个版本做不到</translation>
    </message>
    <message>
        <source>the weights in %1 lack tensor %2 %3</source>
        <translation>%1 里的权重缺少张量 %2 %3</translation>
    </message>
    <message>
        <source>the weights in %1 hold tensor %2, which the config does not ask for</source>
        <translation>%1 里的权重含有张量 %2，而配置没有要求它</translation>
    </message>
    <message>
        <source>tensor %1 in %2: expected shape %3, got %4</source>
        <translation>%2 里的张量 %1：形状应为 %3，实际是 %4</translation>
    </message>
    <message>
        <source>no base model at %1: the folder does not exist</source>
        <translation>%1 处没有基础模型：文件夹不存在</translation>
    </message>
    <message>
        <source>%1 is not a JSON object</source>
        <translation>%1 不是 JSON 对象</translation>
    </message>
    <message>
        <source>%1 is not JSON</source>
        <translation>%1 不是 JSON</translation>
    </message>
    <message>
        <source>%1 has no &quot;weight_map&quot;</source>
        <translation>%1 没有“weight_map”</translation>
    </message>
    <message>
        <source>%1: a tensor names %2, expected a file of the same folder</source>
        <translation>%1：有张量指向 %2，应为同一文件夹里的文件</translation>
    </message>
    <message>
        <source>%1 is empty</source>
        <translation>%1 是空的</translation>
    </message>
    <message>
        <source>import cancelled</source>
        <translation>导入已取消</translation>
    </message>
    <message>
        <source>the files hold no records: %1 skipped, the first at line %2: %9</source>
        <translation>这些文件里没有记录：跳过了 %1 行，第一个在第 %2 行：%9</translation>
    </message>
    <message>
        <source>%3 holds no records: %1 skipped, the first at line %2: %9</source>
        <translation>%3 里没有记录：跳过了 %1 行，第一个在第 %2 行：%9</translation>
    </message>
    <message>
        <source>the files hold no records</source>
        <translation>这些文件里没有记录</translation>
    </message>
    <message>
        <source>%1 holds no records</source>
        <translation>%1 里没有记录</translation>
    </message>
    <message>
        <source>line %1: %9</source>
        <translation>第 %1 行：%9</translation>
    </message>
    <message>
        <source>lacks the label field &quot;%1&quot; (fields: %2)</source>
        <translation>缺少标签字段“%1”（字段：%2）</translation>
    </message>
    <message>
        <source>lacks the field that the template uses, &quot;%1&quot; (fields: %2)</source>
        <translation>缺少模板使用的字段“%1”（字段：%2）</translation>
    </message>
    <message>
        <source>the label field &quot;%1&quot; has more than %2 different values; choose a field with fewer</source>
        <translation>标签字段“%1”有超过 %2 个不同的值；请选择取值更少的字段</translation>
    </message>
    <message>
        <source>expected refuse or skip, got &quot;%1&quot;</source>
        <translation>应为 refuse 或 skip，实际是“%1”</translation>
    </message>
    <message>
        <source>expected auto, jsonl, json, csv or text, got &quot;%1&quot;</source>
        <translation>应为 auto、jsonl、json、csv 或 text，实际是“%1”</translation>
    </message>
    <message>
        <source>expected UTF-8, got a UTF-16 byte order mark</source>
        <translation>应为 UTF-8，实际是 UTF-16 字节序标记</translation>
    </message>
    <message>
        <source>not JSON: expected &apos;[&apos; or &apos;{&apos;</source>
        <translation>不是 JSON：应为“[”或“{”</translation>
    </message>
    <message>
        <source>not JSON: expected one key and its value</source>
        <translation>不是 JSON：应为一个键和它的值</translation>
    </message>
    <message>
        <source>not JSON: %1</source>
        <translation>不是 JSON：%1</translation>
    </message>
    <message>
        <source>invalid UTF-8 at byte %1</source>
        <translation>第 %1 个字节不是有效的 UTF-8</translation>
    </message>
    <message>
        <source>the header row is not valid UTF-8</source>
        <translation>标题行不是有效的 UTF-8</translation>
    </message>
    <message>
        <source>a quote in column %1 is not closed</source>
        <translation>第 %1 列的引号没有闭合</translation>
    </message>
    <message>
        <source>column %1 has text after its closing quote</source>
        <translation>第 %1 列在闭合的引号之后还有文本</translation>
    </message>
    <message>
        <source>expected %1 columns as in the header row, got %2</source>
        <translation>应有与标题行相同的 %1 列，实际有 %2 列</translation>
    </message>
    <message>
        <source>a row that begins here does not end within 16 MiB; is a quote left open?</source>
        <translation>从这里开始的一行在 16 MiB 之内没有结束；是不是有引号没有闭合？</translation>
    </message>
    <message>
        <source>a record is longer than 256 MiB</source>
        <translation>一条记录超过 256 MiB</translation>
    </message>
    <message>
        <source>longer than 256 MiB</source>
        <translation>超过 256 MiB</translation>
    </message>
    <message>
        <source>a string in the record that begins here is not closed</source>
        <translation>从这里开始的记录里有字符串没有闭合</translation>
    </message>
    <message>
        <source>the record that begins here is not closed before the end of the file</source>
        <translation>从这里开始的记录到文件末尾都没有闭合</translation>
    </message>
    <message>
        <source>a string is not closed before the end of the file</source>
        <translation>有字符串到文件末尾都没有闭合</translation>
    </message>
    <message>
        <source>a key is not closed before the end of the file</source>
        <translation>有键到文件末尾都没有闭合</translation>
    </message>
    <message>
        <source>expected a value, got the end of the file</source>
        <translation>应为值，实际是文件末尾</translation>
    </message>
    <message>
        <source>expected a value, got &apos;%1&apos;</source>
        <translation>应为值，实际是“%1”</translation>
    </message>
    <message>
        <source>expected &apos;,&apos; or &apos;%1&apos;, got the end of the file</source>
        <translation>应为“,”或“%1”，实际是文件末尾</translation>
    </message>
    <message>
        <source>expected &apos;,&apos; or &apos;%1&apos; after a record</source>
        <translation>记录之后应为“,”或“%1”</translation>
    </message>
    <message>
        <source>expected a key in quotes</source>
        <translation>应为带引号的键</translation>
    </message>
    <message>
        <source>expected &apos;:&apos; after a key</source>
        <translation>键之后应为“:”</translation>
    </message>
    <message>
        <source>expected a value after a key, got the end of the file</source>
        <translation>键之后应为值，实际是文件末尾</translation>
    </message>
    <message>
        <source>expected the end of the file after the records</source>
        <translation>记录之后应为文件末尾</translation>
    </message>
    <message>
        <source>expected a blank line between paragraphs, found none within 16 MiB</source>
        <translation>段落之间应有空行，16 MiB 之内没有找到</translation>
    </message>
    <message>
        <source>the template uses the field &quot;%1&quot;, but the fields are %2</source>
        <translation>模板使用了字段“%1”，但现有字段是 %2</translation>
    </message>
    <message>
        <source>the template closes {/%1} where it is not open</source>
        <translation>模板在没有打开 {?%1} 的地方关闭了 {/%1}</translation>
    </message>
    <message>
        <source>the template opens {?%1} and does not close it</source>
        <translation>模板打开了 {?%1} 却没有关闭</translation>
    </message>
    <message>
        <source>the template has no response, so there is nothing to learn</source>
        <translation>模板没有回答，因此没有可学的内容</translation>
    </message>
    <message>
        <source>no template fits the fields %1: expected instruction and response, question and answer, prompt and completion, or text; give a prompt and a response with {field} placeholders</source>
        <translation>没有模板适合字段 %1：应有指令与回答、问题与答案、提示与补全，或文本；请用 {字段名} 占位符给出提示和回答</translation>
    </message>
    <message>
        <source>expected a max_length of at least 1, got %1</source>
        <translation>max_length 至少应为 1，实际是 %1</translation>
    </message>
    <message>
        <source>the held-out split takes all %1 records; none is left to train on</source>
        <translation>留出部分占用了全部 %1 条记录，没有剩下可训练的</translation>
    </message>
    <message>
        <source>record %1 of %2 lacks the field &quot;%3&quot; that partition.column names</source>
        <translation>%2 的第 %1 条记录缺少 partition.column 指定的字段“%3”</translation>
    </message>
    <message>
        <source>partition.column is needed for the method by_column</source>
        <translation>按列划分需要指定 partition.column</translation>
    </message>
    <message>
        <source>&quot;%1&quot; has more than 10000 different values; choose a field with fewer</source>
        <translation>“%1”有超过 10000 个不同的值；请选择取值更少的字段</translation>
    </message>
    <message>
        <source>expected 1 to %1 (the labels in the data), got %2</source>
        <translation>应为 1 到 %1（数据中的标签数），实际是 %2</translation>
    </message>
    <message>
        <source>expected 1 to %1, got %2</source>
        <translation>应为 1 到 %1，实际是 %2</translation>
    </message>
    <message>
        <source>%1 clients with %2 labels each cannot hold all %3 labels; raise partition.labels_per_client or partition.clients</source>
        <translation>%1 个客户端每个 %2 个标签，放不下全部 %3 个标签；请增大 partition.labels_per_client 或 partition.clients</translation>
    </message>
    <message>
        <source>there are no records to partition</source>
        <translation>没有可以划分的记录</translation>
    </message>
    <message>
        <source>expected labels from 0 to %1, got %2</source>
        <translation>标签应为 0 到 %1，实际是 %2</translation>
    </message>
    <message>
        <source>expected 0 or more and less than 1, got %1</source>
        <translation>应不小于 0 且小于 1，实际是 %1</translation>
    </message>
    <message>
        <source>partition.method %1: expected a group for each of the %2 records, got %3</source>
        <translation>partition.method %1：%2 条记录每条都应有一个组，实际有 %3 个</translation>
    </message>
    <message>
        <source>partition.method %1 makes %2 clients, at most %3 are possible</source>
        <translation>partition.method %1 得到 %2 个客户端，最多只能有 %3 个</translation>
    </message>
    <message>
        <source>expected iid, dirichlet, by_column, by_file or quantity, got &quot;%1&quot;</source>
        <translation>应为 iid、dirichlet、by_column、by_file 或 quantity，实际是“%1”</translation>
    </message>
    <message>
        <source>partition.clients is needed for the method %1</source>
        <translation>划分方法 %1 需要指定 partition.clients</translation>
    </message>
    <message>
        <source>expected a number above 0, got %1</source>
        <translation>应为大于 0 的数，实际是 %1</translation>
    </message>
    <message>
        <source>expected a client below %1, got %2</source>
        <translation>应为小于 %1 的客户端，实际是 %2</translation>
    </message>
    <message>
        <source>run %1 is running; stop it before deleting it</source>
        <translation>运行 %1 正在进行；请先停止再删除</translation>
    </message>
    <message>
        <source>run %1 is running</source>
        <translation>运行 %1 正在进行</translation>
    </message>
    <message>
        <source>run %1 is done; there is nothing to resume</source>
        <translation>运行 %1 已经完成，没有可继续的</translation>
    </message>
    <message>
        <source>run %1 is done: there is no round left to run</source>
        <translation>运行 %1 已经完成，没有剩下的轮次</translation>
    </message>
    <message>
        <source>run %1 is not running; it is %9</source>
        <translation>运行 %1 不在进行中；它的状态是：%9</translation>
    </message>
    <message>
        <source>running</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>no run &quot;%1&quot;; the nearest is %2</source>
        <translation>没有运行“%1”；最接近的是 %2</translation>
    </message>
    <message>
        <source>no run &quot;%1&quot;; the newest is %2</source>
        <translation>没有运行“%1”；最新的是 %2</translation>
    </message>
    <message>
        <source>no run &quot;%1&quot;; there are no runs in this home</source>
        <translation>没有运行“%1”；这个主目录里没有运行</translation>
    </message>
    <message>
        <source>no run &quot;%1&quot; in %2</source>
        <translation>%2 里没有运行“%1”</translation>
    </message>
    <message>
        <source>the run was stopped</source>
        <translation>运行已停止</translation>
    </message>
    <message>
        <source>stopped by the user</source>
        <translation>被用户停止</translation>
    </message>
    <message>
        <source>the core is shutting down</source>
        <translation>核心程序正在关闭</translation>
    </message>
    <message>
        <source>the core ended the stream</source>
        <translation>核心程序结束了连接</translation>
    </message>
    <message>
        <source>the core has not been started yet</source>
        <translation>核心程序还没有启动</translation>
    </message>
    <message>
        <source>the dataset changed since this run began: expected %1, got %2</source>
        <translation>这次运行开始之后数据集变了：应为 %1，实际是 %2</translation>
    </message>
    <message>
        <source>the partition changed since this run began: expected %1, got %2</source>
        <translation>这次运行开始之后划分变了：应为 %1，实际是 %2</translation>
    </message>
    <message>
        <source>the base model changed since this run began: expected %1, got %2</source>
        <translation>这次运行开始之后基础模型变了：应为 %1，实际是 %2</translation>
    </message>
    <message>
        <source>%1 is not the file that was committed: expected SHA-256 %2, got %3</source>
        <translation>%1 不是当时提交的文件：SHA-256 应为 %2，实际是 %3</translation>
    </message>
    <message>
        <source>round %1: none of the %2 clients gave an update that could be used; the first reason: %9</source>
        <translation>第 %1 轮：%2 个客户端都没有给出可用的更新；第一个原因：%9</translation>
    </message>
    <message>
        <source>only %1 of %2 clients attend</source>
        <translation>%2 个客户端中只有 %1 个在场</translation>
    </message>
    <message>
        <source>no client has a record to train on: the dataset gives %1 records, all of them held out</source>
        <translation>没有客户端有可训练的记录：数据集有 %1 条记录，全部被留出</translation>
    </message>
    <message>
        <source>run %1 has no adapter of round %2; rounds with one: %3</source>
        <translation>运行 %1 没有第 %2 轮的适配器；有适配器的轮次：%3</translation>
    </message>
    <message>
        <source>client %1 has no adapter of its own at round %2; rounds with one: %3</source>
        <translation>客户端 %1 在第 %2 轮没有自己的适配器；有适配器的轮次：%3</translation>
    </message>
    <message>
        <source>the prompt is empty</source>
        <translation>提示是空的</translation>
    </message>
    <message>
        <source>failed to connect to all addresses%1</source>
        <translation>无法连接到核心程序%1</translation>
    </message>
    <message>
        <source>the core closed the connection</source>
        <translation>核心程序关闭了连接</translation>
    </message>
    <message>
        <source>the core did not answer in time</source>
        <translation>核心程序没有及时应答</translation>
    </message>
    <message>
        <source>expected %1, got %9</source>
        <translation>应为 %1，实际是 %9</translation>
    </message>
    <message>
        <source>%9; known here: %1</source>
        <translation>%9；这里可用的有：%1</translation>
    </message>
    <message>
        <source>run %1 is trained by the members of a room: open the room again to go on with it</source>
        <translation>运行 %1 由房间的成员训练：请再次打开房间以继续</translation>
    </message>
    <message>
        <source>run %1 is deleted, but not its folder: %9</source>
        <translation>运行 %1 已删除，但它的文件夹没有：%9</translation>
    </message>
    <message>
        <source>no member of the room has taken a slot</source>
        <translation>房间里没有成员占用席位</translation>
    </message>
    <message>
        <source>the home %1 is in use by %2; wait until it ends or end it</source>
        <translation>主目录 %1 正由 %2 使用；请等它结束或结束它</translation>
    </message>
    <message>
        <source>cannot lock %1: %9</source>
        <translation>无法锁定 %1：%9</translation>
    </message>
    <message>
        <source>%1 member is ready; the host starts the run</source>
        <translation>%1 个成员就绪；由主持方开始运行</translation>
    </message>
    <message>
        <source>%1 members are ready; the host starts the run</source>
        <translation>%1 个成员就绪；由主持方开始运行</translation>
    </message>
    <message>
        <source>%1 of %2 members are ready; the run starts by itself</source>
        <translation>%1 / %2 个成员就绪；运行会自动开始</translation>
    </message>
    <message>
        <source>run %1 is going on</source>
        <translation>运行 %1 正在进行</translation>
    </message>
    <message>
        <source>run %1 is going on in this room</source>
        <translation>运行 %1 正在这个房间进行</translation>
    </message>
    <message>
        <source>run %1 has ended; the room stays open for another</source>
        <translation>运行 %1 已结束；房间仍开着，可以再运行</translation>
    </message>
    <message>
        <source>no run is going on in this room</source>
        <translation>这个房间没有正在进行的运行</translation>
    </message>
    <message>
        <source>nobody is ready: a run needs at least one member with data who has consented</source>
        <translation>没有成员就绪：运行至少需要一个有数据并已同意的成员</translation>
    </message>
    <message>
        <source>looks for the room</source>
        <translation>正在寻找房间</translation>
    </message>
    <message>
        <source>the host has to let this machine in; both screens show %1</source>
        <translation>需要主持方准入本机；两边屏幕都显示 %1</translation>
    </message>
    <message>
        <source>gets the scenario</source>
        <translation>正在获取场景</translation>
    </message>
    <message>
        <source>gets the base model %1, %2</source>
        <translation>正在获取基础模型 %1，%2</translation>
    </message>
    <message>
        <source>looks at the data on this machine</source>
        <translation>正在本机查看数据</translation>
    </message>
    <message>
        <source>waits for your consent</source>
        <translation>正在等待您的同意</translation>
    </message>
    <message>
        <source>prepares the data and loads the base model</source>
        <translation>正在准备数据并载入基础模型</translation>
    </message>
    <message>
        <source>waits for the host to start</source>
        <translation>正在等待主持方开始</translation>
    </message>
    <message>
        <source>takes part in the run</source>
        <translation>正在参加运行</translation>
    </message>
    <message>
        <source>the run cannot be joined yet: %9</source>
        <translation>还不能参加运行：%9</translation>
    </message>
    <message>
        <source>the run is done; the final adapter is here</source>
        <translation>运行已完成；最终的适配器在这里</translation>
    </message>
    <message>
        <source>the run failed</source>
        <translation>运行失败</translation>
    </message>
    <message>
        <source>the run was stopped; waits for the host to go on</source>
        <translation>运行已停止；正在等待主持方继续</translation>
    </message>
    <message>
        <source>the connection to the host broke</source>
        <translation>与主持方的连接中断</translation>
    </message>
    <message>
        <source>this machine left the room</source>
        <translation>本机离开了房间</translation>
    </message>
    <message>
        <source>the room has ended</source>
        <translation>房间已结束</translation>
    </message>
    <message>
        <source>this machine was removed from the room: %9</source>
        <translation>本机被移出房间：%9</translation>
    </message>
    <message>
        <source>the host closed the room: %9</source>
        <translation>主持方关闭了房间：%9</translation>
    </message>
    <message>
        <source>the host refused: %9</source>
        <translation>主持方拒绝：%9</translation>
    </message>
    <message>
        <source>the room refused this machine: %9</source>
        <translation>房间拒绝了本机：%9</translation>
    </message>
    <message>
        <source>the room has no place: %9</source>
        <translation>房间没有席位：%9</translation>
    </message>
    <message>
        <source>the host has removed this member from the room</source>
        <translation>主持方把这个成员移出了房间</translation>
    </message>
    <message>
        <source>this room does not know the member; join again with a ticket</source>
        <translation>这个房间不认识该成员；请凭邀请码重新加入</translation>
    </message>
    <message>
        <source>the ticket is not valid for this room; ask its host for the present one</source>
        <translation>邀请码对这个房间无效；请向主持方索取现在的邀请码</translation>
    </message>
    <message>
        <source>the ticket has expired; ask the host for a new one</source>
        <translation>邀请码已过期；请向主持方索取新的</translation>
    </message>
    <message>
        <source>the ticket has been used as often as it may be; ask the host for a new one</source>
        <translation>邀请码的使用次数已满；请向主持方索取新的</translation>
    </message>
    <message>
        <source>too many attempts from this address; try again in a minute</source>
        <translation>来自这个地址的尝试太多；请一分钟后再试</translation>
    </message>
    <message>
        <source>too many others are waiting to be let in; try again later</source>
        <translation>等待准入的太多；请稍后再试</translation>
    </message>
    <message>
        <source>the room is closing</source>
        <translation>房间正在关闭</translation>
    </message>
    <message>
        <source>the room is full: it has %1 members</source>
        <translation>房间已满：有 %1 个成员</translation>
    </message>
    <message>
        <source>the room hands out no data: choose files of this machine</source>
        <translation>房间不分发数据：请选择本机的文件</translation>
    </message>
    <message>
        <source>no files were given to take part with</source>
        <translation>没有给出用来参加的文件</translation>
    </message>
    <message>
        <source>the files have no column &quot;%1&quot; for the field &quot;%2&quot;: their columns are %3</source>
        <translation>文件没有对应字段“%2”的列“%1”：它们的列是 %3</translation>
    </message>
    <message>
        <source>the files have no column &quot;%1&quot; for the label &quot;%2&quot;: their columns are %3</source>
        <translation>文件没有对应标签“%2”的列“%1”：它们的列是 %3</translation>
    </message>
    <message>
        <source>consent was not given</source>
        <translation>没有同意</translation>
    </message>
    <message>
        <source>nobody waits for consent; this membership is %1</source>
        <translation>没有人在等待同意；此成员身份的状态是 %1</translation>
    </message>
    <message>
        <source>data can be chosen before consent is given; this membership is %1</source>
        <translation>数据只能在同意之前选择；此成员身份的状态是 %1</translation>
    </message>
    <message>
        <source>the host is gone</source>
        <translation>主持方失去联系</translation>
    </message>
    <message>
        <source>&quot;alone&quot; can be trained once a run is over</source>
        <translation>运行结束之后才能单独训练</translation>
    </message>
    <message>
        <source>training alone failed: %9</source>
        <translation>单独训练失败：%9</translation>
    </message>
    <message>
        <source>in every record the question alone fills the %1 tokens that count: there is nothing to learn</source>
        <translation>每条记录里光是问题就占满了计入的 %1 个词元：没有可学的内容</translation>
    </message>
    <message>
        <source>%1 of %2 records have a question that fills all %3 tokens: nothing is learned from them</source>
        <translation>%2 条记录中有 %1 条的问题占满了全部 %3 个词元：从中学不到内容</translation>
    </message>
    <message>
        <source>%1 of %2 records are longer than %3 tokens and are cut</source>
        <translation>%2 条记录中有 %1 条超过 %3 个词元，会被截断</translation>
    </message>
    <message>
        <source>%1 of %2 records repeat an earlier one</source>
        <translation>%2 条记录中有 %1 条与前面的重复</translation>
    </message>
    <message>
        <source>%1 of %2 records seem to hold an e-mail address</source>
        <translation>%2 条记录中有 %1 条似乎含有电子邮件地址</translation>
    </message>
    <message>
        <source>%1 of %2 records seem to hold a phone number</source>
        <translation>%2 条记录中有 %1 条似乎含有电话号码</translation>
    </message>
    <message>
        <source>%1 of %2 records have a label that the room does not know</source>
        <translation>%2 条记录中有 %1 条的标签是房间不认识的</translation>
    </message>
    <message>
        <source>%1 bad lines are skipped</source>
        <translation>跳过 %1 个坏行</translation>
    </message>
    <message>
        <source>only %1 records are held out: sums over fewer than %2 are never sent</source>
        <translation>只留出了 %1 条记录：少于 %2 条的总和绝不发送</translation>
    </message>
    <message>
        <source>LoRA of rank %1 on %2</source>
        <translation>秩为 %1 的 LoRA，作用于 %2</translation>
    </message>
    <message>
        <source>of every local step: its loss, tokens and seconds</source>
        <translation>每个本地步：损失、词元数和秒数</translation>
    </message>
    <message>
        <source>of every update: records, mean loss, tokens, times and coding error</source>
        <translation>每个更新：记录数、平均损失、词元数、用时和编码误差</translation>
    </message>
    <message>
        <source>to the other members, too: this machine&apos;s adapter of every round, as the method stacks them</source>
        <translation>也会发给其他成员：本机每一轮的适配器，该方法会把它们堆叠在一起</translation>
    </message>
    <message>
        <source>with every update: the change of this machine&apos;s control variate, as many numbers again</source>
        <translation>随每次更新：本机控制变量的变化，数量与更新相同</translation>
    </message>
    <message>
        <source>of every evaluation: sums of loss, tokens, exact answers and records over your held-out records, never over fewer than 20</source>
        <translation>每次评估：您的留出记录上的损失、词元、精确回答和记录数的总和，绝不少于 20 条</translation>
    </message>
    <message>
        <source>how many records you train on and hold out</source>
        <translation>您用于训练和留出的记录数</translation>
    </message>
    <message>
        <source>your machine: its name, cores, memory, memory in use, clock and the speed of the connection</source>
        <translation>您的机器：名称、核心、内存、已用内存、时钟和连接速度</translation>
    </message>
    <message>
        <source>None of your records were held out, so nothing can be said about your data.</source>
        <translation>您没有留出任何记录，所以无法评价您的数据。</translation>
    </message>
    <message>
        <source>interfaces</source>
        <translation>网络接口</translation>
    </message>
    <message>
        <source>tunnel</source>
        <translation>隧道（VPN）</translation>
    </message>
    <message>
        <source>self</source>
        <translation>与自己测试</translation>
    </message>
    <message>
        <source>listening</source>
        <translation>监听端口</translation>
    </message>
    <message>
        <source>port</source>
        <translation>房间的端口</translation>
    </message>
    <message>
        <source>ticket</source>
        <translation>邀请码</translation>
    </message>
    <message>
        <source>reach</source>
        <translation>能否连到</translation>
    </message>
    <message>
        <source>answer</source>
        <translation>谁在应答</translation>
    </message>
    <message>
        <source>clock</source>
        <translation>时钟</translation>
    </message>
    <message>
        <source>clocks</source>
        <translation>与对方时钟的差</translation>
    </message>
    <message>
        <source>discovery</source>
        <translation>发现房间</translation>
    </message>
    <message>
        <source>firewall</source>
        <translation>防火墙</translation>
    </message>
    <message>
        <source>this machine is at %1</source>
        <translation>本机的地址：%1</translation>
    </message>
    <message>
        <source>this machine has no network: only itself can be reached</source>
        <translation>本机没有网络：只能连到自己</translation>
    </message>
    <message>
        <source>no network is connected: %1 is down</source>
        <translation>没有接通的网络：%1 未启用</translation>
    </message>
    <message>
        <source>%1 is a tunnel (VPN): it may hide this machine from the local network, and its address is of no use to those nearby</source>
        <translation>%1 是隧道（VPN）：它可能让本地网络看不到本机，其地址对附近的机器也没有用</translation>
    </message>
    <message>
        <source>this machine reaches itself on port %1 at %2</source>
        <translation>本机可经端口 %1 连到自己：%2</translation>
    </message>
    <message>
        <source>port %1 is in use on this machine: a room is open here, or another program has it and rooms get another port</source>
        <translation>本机的端口 %1 已被占用：这里开着一个房间，或者别的程序占用了它，房间会用另一个端口</translation>
    </message>
    <message>
        <source>%1 can be reached</source>
        <translation>可以连到 %1</translation>
    </message>
    <message>
        <source>%1 does not answer (%9): the machine is there, but no room is open on that port</source>
        <translation>%1 没有应答（%9）：机器在，但该端口上没有开着的房间</translation>
    </message>
    <message>
        <source>%1 does not answer (%9): the name is not known here, or the machine is off, on another network or behind a firewall</source>
        <translation>%1 没有应答（%9）：这里不认识这个名称，或者机器已关机、在另一个网络中或在防火墙之后</translation>
    </message>
    <message>
        <source>%1 does not answer (%9): the machine is off, on another network or behind a firewall</source>
        <translation>%1 没有应答（%9）：机器已关机、在另一个网络中或在防火墙之后</translation>
    </message>
    <message>
        <source>the ticket&apos;s room answers at %1, authority %2</source>
        <translation>邀请码所指的房间在 %1 应答，证书机构 %2</translation>
    </message>
    <message>
        <source>a room answers at %1, authority %2</source>
        <translation>一个房间在 %1 应答，证书机构 %2</translation>
    </message>
    <message>
        <source>the ticket&apos;s room answers at %1</source>
        <translation>邀请码所指的房间在 %1 应答</translation>
    </message>
    <message>
        <source>a room answers at %1</source>
        <translation>一个房间在 %1 应答</translation>
    </message>
    <message>
        <source>this machine&apos;s clock is not kept right by a time server; a room allows two days of difference</source>
        <translation>本机的时钟没有由时间服务器校准；房间允许两天的误差</translation>
    </message>
    <message>
        <source>this machine&apos;s clock is kept right by a time server</source>
        <translation>本机的时钟由时间服务器校准</translation>
    </message>
    <message>
        <source>this machine&apos;s clock agrees with the host&apos;s to %1</source>
        <translation>本机的时钟与主持方的一致，误差在 %1 以内</translation>
    </message>
    <message>
        <source>this machine&apos;s clock is %1 ahead of the host&apos;s</source>
        <translation>本机的时钟比主持方的快 %1</translation>
    </message>
    <message>
        <source>this machine&apos;s clock is %1 behind the host&apos;s</source>
        <translation>本机的时钟比主持方的慢 %1</translation>
    </message>
    <message>
        <source>this machine&apos;s clock agrees with %1&apos;s to %2</source>
        <translation>本机的时钟与 %1 的一致，误差在 %2 以内</translation>
    </message>
    <message>
        <source>this machine&apos;s clock is %1 ahead of %2&apos;s</source>
        <translation>本机的时钟比 %2 的快 %1</translation>
    </message>
    <message>
        <source>this machine&apos;s clock is %1 behind %2&apos;s</source>
        <translation>本机的时钟比 %2 的慢 %1</translation>
    </message>
    <message>
        <source>no room announces itself on this network at the moment</source>
        <translation>目前这个网络中没有房间公布自己</translation>
    </message>
    <message>
        <source>the room %1 announces itself at %2</source>
        <translation>房间 %1 在 %2 公布自己</translation>
    </message>
    <message>
        <source>%9; an address or a ticket works all the same</source>
        <translation>%9；用地址或邀请码照样可以</translation>
    </message>
    <message>
        <source>rooms nearby cannot be found: %9</source>
        <translation>无法发现附近的房间：%9</translation>
    </message>
    <message>
        <source>no Avahi daemon runs on this machine</source>
        <translation>本机没有运行 Avahi 守护进程</translation>
    </message>
    <message>
        <source>out of memory</source>
        <translation>内存不足</translation>
    </message>
    <message>
        <source>no firewall is known to be on</source>
        <translation>没有发现启用的防火墙</translation>
    </message>
    <message>
        <source>the firewall ufw is on: a room hosted here needs its port opened, discovery needs 5353/udp</source>
        <translation>防火墙 ufw 已启用：在这里主持房间需要开放其端口，发现房间需要 5353/udp</translation>
    </message>
    <message>
        <source>the firewall firewalld is on: a room hosted here needs its port opened, discovery needs mdns</source>
        <translation>防火墙 firewalld 已启用：在这里主持房间需要开放其端口，发现房间需要 mdns</translation>
    </message>
    <message>
        <source>nftables rules are loaded when this machine starts: look whether they let the room&apos;s port in</source>
        <translation>本机启动时会加载 nftables 规则：请看看它们是否放行房间的端口</translation>
    </message>
    <message>
        <source>Connection refused</source>
        <translation>连接被拒绝</translation>
    </message>
    <message>
        <source>Connection reset by peer</source>
        <translation>连接被对方重置</translation>
    </message>
    <message>
        <source>Connection timed out</source>
        <translation>连接超时</translation>
    </message>
    <message>
        <source>Broken pipe</source>
        <translation>连接已断开</translation>
    </message>
    <message>
        <source>No route to host</source>
        <translation>没有到该主机的路由</translation>
    </message>
    <message>
        <source>Network is unreachable</source>
        <translation>网络不可达</translation>
    </message>
    <message>
        <source>Cannot assign requested address</source>
        <translation>无法使用该地址</translation>
    </message>
    <message>
        <source>Address already in use</source>
        <translation>地址已被占用</translation>
    </message>
    <message>
        <source>no answer in time</source>
        <translation>没有及时应答</translation>
    </message>
    <message>
        <source>the connection was closed</source>
        <translation>连接已关闭</translation>
    </message>
    <message>
        <source>the name %1 was not resolved in time</source>
        <translation>名称 %1 没有及时解析</translation>
    </message>
    <message>
        <source>Name or service not known</source>
        <translation>不认识这个名称或服务</translation>
    </message>
    <message>
        <source>Temporary failure in name resolution</source>
        <translation>暂时无法解析名称</translation>
    </message>
    <message>
        <source>the name has no address</source>
        <translation>该名称没有地址</translation>
    </message>
    <message>
        <source>%1: another room answers: its authority is not the ticket&apos;s</source>
        <translation>%1：应答的是另一个房间，其证书机构与邀请码的不同</translation>
    </message>
    <message>
        <source>%1: something answers that does not speak TLS 1.3 as a room does (%2)</source>
        <translation>%1：应答者不像房间那样使用 TLS 1.3（%2）</translation>
    </message>
    <message>
        <source>%1: something answers that sends without end</source>
        <translation>%1：应答者不停地发送数据</translation>
    </message>
    <message>
        <source>%1: its certificate is not from the ticket&apos;s room (%2)</source>
        <translation>%1：其证书不是邀请码所指的房间的（%2）</translation>
    </message>
    <message>
        <source>%1: the room&apos;s certificate is valid only later by this machine&apos;s clock; set the clock right</source>
        <translation>%1：按本机的时钟，房间的证书尚未生效；请校准时钟</translation>
    </message>
    <message>
        <source>%1: the room&apos;s certificate has expired by this machine&apos;s clock; set the clock right</source>
        <translation>%1：按本机的时钟，房间的证书已过期；请校准时钟</translation>
    </message>
    <message>
        <source>the ticket has no address; ask for the host&apos;s</source>
        <translation>邀请码中没有地址；请向主持方索要</translation>
    </message>
    <message>
        <source>expected a host, or a host and a port, got %1</source>
        <translation>应为主机，或主机加端口，实际是 %1</translation>
    </message>
    <message>
        <source>this machine has neither IPv4 nor IPv6</source>
        <translation>本机既没有 IPv4 也没有 IPv6</translation>
    </message>
    <message>
        <source>cannot listen on %1: %9</source>
        <translation>无法在 %1 监听：%9</translation>
    </message>
    <message>
        <source>&quot;%1&quot; is not an address: %9</source>
        <translation>“%1”不是地址：%9</translation>
    </message>
    <message>
        <source>expected an IPv6 address, got %1</source>
        <translation>应为 IPv6 地址，实际是 %1</translation>
    </message>
    <message>
        <source>expected an IPv4 address, an IPv6 address in brackets or a name</source>
        <translation>应为 IPv4 地址、方括号中的 IPv6 地址或名称</translation>
    </message>
    <message>
        <source>expected the name of an interface behind the %</source>
        <translation>% 之后应为网络接口的名称</translation>
    </message>
    <message>
        <source>expected a port from 0 to 65535, got &quot;%1&quot;</source>
        <translation>端口应为 0 到 65535，实际是“%1”</translation>
    </message>
    <message>
        <source>the bracket is not closed</source>
        <translation>方括号没有闭合</translation>
    </message>
    <message>
        <source>expected :PORT behind the bracket</source>
        <translation>方括号之后应为 :端口</translation>
    </message>
    <message>
        <source>expected a host</source>
        <translation>应为主机</translation>
    </message>
    <message>
        <source>this room hands out its data by slot, so every member keeps its own</source>
        <translation>这个房间按席位分发数据，所以每个成员保留自己的席位</translation>
    </message>
    <message>
        <source>run %1 is not over: every member keeps its slot until it is</source>
        <translation>运行 %1 还没有结束：在此之前每个成员保留自己的席位</translation>
    </message>
    <message>
        <source>slot %1 is %2&apos;s; give that member another one first</source>
        <translation>席位 %1 属于 %2；请先给该成员另一个席位</translation>
    </message>
    <message>
        <source>expected a slot from 0 to %1, got %2</source>
        <translation>席位应为 0 到 %1，实际是 %2</translation>
    </message>
    <message>
        <source>no member %1 in this room</source>
        <translation>这个房间没有成员 %1</translation>
    </message>
    <message>
        <source>nobody with the check code %1 is waiting at the door</source>
        <translation>没有核对码为 %1 的机器在等候</translation>
    </message>
    <message>
        <source>no room %1 is open here</source>
        <translation>这里没有开着房间 %1</translation>
    </message>
    <message>
        <source>no membership %1 goes on here</source>
        <translation>这里没有成员身份 %1</translation>
    </message>
    <message>
        <source>at most %1 rooms can be open at the same time</source>
        <translation>最多同时开放 %1 个房间</translation>
    </message>
    <message>
        <source>at most %1 memberships can go on at the same time</source>
        <translation>最多同时加入 %1 个房间</translation>
    </message>
    <message>
        <source>this core knows no command %1 for a room</source>
        <translation>这个核心程序不认识房间命令 %1</translation>
    </message>
    <message>
        <source>this core knows no command %1 for a membership</source>
        <translation>这个核心程序不认识成员命令 %1</translation>
    </message>
    <message>
        <source>expected an upload limit of 0 (none) to 1,000,000 Mbit/s</source>
        <translation>上传限制应为 0（不限）到 1,000,000 Mbit/s</translation>
    </message>
    <message>
        <source>a room&apos;s name has 1 to %1 bytes, got %2</source>
        <translation>房间名称应为 1 到 %1 字节，实际是 %2</translation>
    </message>
    <message>
        <source>a member&apos;s name has 1 to %1 bytes</source>
        <translation>成员名称应为 1 到 %1 字节</translation>
    </message>
    <message>
        <source>this room speaks protocol %1, the member %2: both need the same version of the program</source>
        <translation>房间使用协议 %1，成员使用 %2：双方需要相同版本的程序</translation>
    </message>
    <message>
        <source>another machine with the same check code is waiting; try again with a new key</source>
        <translation>另一台核对码相同的机器在等候；请用新的密钥重试</translation>
    </message>
    <message>
        <source>a room can only hand out data that its scenario names: expected dataset.files, got none</source>
        <translation>房间只能分发场景中给出的数据：应有 dataset.files，实际没有</translation>
    </message>
    <message>
        <source>this room has no data for slot %1</source>
        <translation>这个房间没有席位 %1 的数据</translation>
    </message>
    <message>
        <source>this room does not hand out data</source>
        <translation>这个房间不分发数据</translation>
    </message>
    <message>
        <source>slot %1 is taken or not there</source>
        <translation>席位 %1 已被占用或不存在</translation>
    </message>
    <message>
        <source>every slot is taken</source>
        <translation>所有席位都已被占用</translation>
    </message>
    <message>
        <source>expected at least one record to train on, got %1</source>
        <translation>至少应有一条训练记录，实际是 %1</translation>
    </message>
    <message>
        <source>expected at most %1 labels</source>
        <translation>标签最多 %1 个</translation>
    </message>
    <message>
        <source>the host&apos;s core ends; the room can be opened again</source>
        <translation>主持方的核心程序结束了；房间可以再次打开</translation>
    </message>
    <message>
        <source>the host closed the room</source>
        <translation>主持方关闭了房间</translation>
    </message>
    <message>
        <source>the room has closed</source>
        <translation>房间已关闭</translation>
    </message>
    <message>
        <source>the room was closed</source>
        <translation>房间已关闭</translation>
    </message>
    <message>
        <source>the host said: not now</source>
        <translation>主持方说：暂不</translation>
    </message>
    <message>
        <source>the membership ends</source>
        <translation>成员身份结束</translation>
    </message>
    <message>
        <source>is called to the run</source>
        <translation>被召集参加运行</translation>
    </message>
    <message>
        <source>the run ended while this machine was away</source>
        <translation>运行在本机离开时结束了</translation>
    </message>
    <message>
        <source>the host starts another scenario than the one that was consented to</source>
        <translation>主持方启动的场景与同意的不同</translation>
    </message>
    <message>
        <source>the host names a run in a way that no run is named</source>
        <translation>主持方给出的运行名称无效</translation>
    </message>
    <message>
        <source>the host&apos;s answer cannot be used: %1</source>
        <translation>主持方的答复无法使用：%1</translation>
    </message>
    <message>
        <source>the host ended the enrolment without an answer</source>
        <translation>主持方没有答复就结束了登记</translation>
    </message>
    <message>
        <source>the room does not offer this blob</source>
        <translation>房间不提供这个文件</translation>
    </message>
    <message>
        <source>this room does not offer that file</source>
        <translation>这个房间不提供那个文件</translation>
    </message>
    <message>
        <source>a member may fetch %1 files at the same time</source>
        <translation>成员最多同时获取 %1 个文件</translation>
    </message>
    <message>
        <source>this call needs the certificate that the room gave</source>
        <translation>此调用需要房间颁发的证书</translation>
    </message>
    <message>
        <source>the ticket names no address of the room</source>
        <translation>邀请码中没有房间的地址</translation>
    </message>
    <message>
        <source>the room&apos;s certificate is for somebody else</source>
        <translation>房间的证书是给别人的</translation>
    </message>
    <message>
        <source>the room gave no data</source>
        <translation>房间没有给出数据</translation>
    </message>
    <message>
        <source>the room gave slot %1</source>
        <translation>房间给了席位 %1</translation>
    </message>
    <message>
        <source>the room&apos;s base model is larger than %1</source>
        <translation>房间的基础模型大于 %1</translation>
    </message>
    <message>
        <source>the room&apos;s base model lacks its weights</source>
        <translation>房间的基础模型缺少权重</translation>
    </message>
    <message>
        <source>the room&apos;s base model lacks %1 and %2</source>
        <translation>房间的基础模型缺少 %1 和 %2</translation>
    </message>
    <message>
        <source>the room&apos;s base model lacks %1</source>
        <translation>房间的基础模型缺少 %1</translation>
    </message>
    <message>
        <source>the room&apos;s base model has %1 twice</source>
        <translation>房间的基础模型中 %1 出现了两次</translation>
    </message>
    <message>
        <source>the base model&apos;s index does not list its tensors&apos; files</source>
        <translation>基础模型的索引没有列出张量所在的文件</translation>
    </message>
    <message>
        <source>the base model&apos;s index is longer than 16 MiB</source>
        <translation>基础模型的索引超过 16 MiB</translation>
    </message>
    <message>
        <source>the room&apos;s scenario cannot be run: %9</source>
        <translation>房间的场景无法运行：%9</translation>
    </message>
    <message>
        <source>the room&apos;s scenario: %9</source>
        <translation>房间的场景：%9</translation>
    </message>
    <message>
        <source>the room&apos;s data contract: expected %1 for &quot;%2&quot;</source>
        <translation>房间的数据约定：“%2”应为 %1</translation>
    </message>
    <message>
        <source>the room&apos;s data contract: expected at most 64 KiB, got %1</source>
        <translation>房间的数据约定：最多 64 KiB，实际是 %1</translation>
    </message>
    <message>
        <source>the room&apos;s data contract is not a JSON object</source>
        <translation>房间的数据约定不是 JSON 对象</translation>
    </message>
    <message>
        <source>the room asks for no field &quot;%1&quot;; it asks for %2</source>
        <translation>房间不需要字段“%1”；它需要 %2</translation>
    </message>
    <message>
        <source>expected field=column, got &quot;%1&quot;</source>
        <translation>应为 字段=列，实际是“%1”</translation>
    </message>
    <message>
        <source>the template is too long to be published: expected at most 64 KiB</source>
        <translation>模板太长，无法公布：最多 64 KiB</translation>
    </message>
    <message>
        <source>this home belongs to no room &quot;%1&quot;</source>
        <translation>这个主目录不属于房间“%1”</translation>
    </message>
    <message>
        <source>there is no membership &quot;%1&quot; here</source>
        <translation>这里没有成员身份“%1”</translation>
    </message>
    <message>
        <source>the core went away</source>
        <translation>核心程序离开了</translation>
    </message>
    <message>
        <source>there is no record to train on: the files hold %1, all of them held out</source>
        <translation>没有可训练的记录：文件中有 %1 条，全部被留出</translation>
    </message>
    <message>
        <source>there is no blob %1 here</source>
        <translation>这里没有文件 %1</translation>
    </message>
    <message>
        <source>the blob %1 is being received already</source>
        <translation>文件 %1 正在接收</translation>
    </message>
    <message>
        <source>%1 changed while it was read</source>
        <translation>%1 在读取时发生了变化</translation>
    </message>
    <message>
        <source>%1 changed since it was offered</source>
        <translation>%1 在提供之后发生了变化</translation>
    </message>
    <message>
        <source>cannot make the model folder %1: %9</source>
        <translation>无法创建模型文件夹 %1：%9</translation>
    </message>
    <message>
        <source>cannot remove %1: %9</source>
        <translation>无法删除 %1：%9</translation>
    </message>
    <message>
        <source>this machine does not reach itself on port %1 at %2 (%9)</source>
        <translation>本机无法经端口 %1 连到自己：%2（%9）</translation>
    </message>
    <message>
        <source>nobody answers at %1 (%9)</source>
        <translation>%1 没有应答（%9）</translation>
    </message>
    <message>
        <source>%9 and better than alone %1 (%2 to %3)</source>
        <translation>%9，优于单独训练 %1（%2 到 %3）</translation>
    </message>
    <message>
        <source>%9 and worse than alone %1 (%2 to %3)</source>
        <translation>%9，不如单独训练 %1（%2 到 %3）</translation>
    </message>
    <message>
        <source>%9 and not clearly different from alone %1 (%2 to %3)</source>
        <translation>%9，与单独训练 %1（%2 到 %3）没有明显差别</translation>
    </message>
    <message>
        <source>better than the base model %1 (%2 to %3)</source>
        <translation>优于基础模型 %1（%2 到 %3）</translation>
    </message>
    <message>
        <source>better than alone %1 (%2 to %3)</source>
        <translation>优于单独训练 %1（%2 到 %3）</translation>
    </message>
    <message>
        <source>worse than the base model %1 (%2 to %3)</source>
        <translation>不如基础模型 %1（%2 到 %3）</translation>
    </message>
    <message>
        <source>worse than alone %1 (%2 to %3)</source>
        <translation>不如单独训练 %1（%2 到 %3）</translation>
    </message>
    <message>
        <source>not clearly different from the base model %1 (%2 to %3)</source>
        <translation>与基础模型 %1（%2 到 %3）没有明显差别</translation>
    </message>
    <message>
        <source>not clearly different from alone %1 (%2 to %3)</source>
        <translation>与单独训练 %1（%2 到 %3）没有明显差别</translation>
    </message>
    <message>
        <source>On your %1 held-out records, together answers %2 (%3 to %4) exactly, %9.</source>
        <translation>在您的 %1 条留出记录上，共同训练精确回答 %2（%3 到 %4），%9。</translation>
    </message>
    <message>
        <source>On your %1 held-out records, together answers %2 (%3 to %4) exactly.</source>
        <translation>在您的 %1 条留出记录上，共同训练精确回答 %2（%3 到 %4）。</translation>
    </message>
    <message>
        <source>the ticket is mistyped or cut short: %9</source>
        <translation>邀请码输入有误或不完整：%9</translation>
    </message>
    <message>
        <source>the ticket cannot be used: %9</source>
        <translation>邀请码不能用：%9</translation>
    </message>
    <message>
        <source>this is not a ticket: %9</source>
        <translation>这不是邀请码：%9</translation>
    </message>
    <message>
        <source>its check sum does not fit its %1 characters</source>
        <translation>校验和与其 %1 个字符不符</translation>
    </message>
    <message>
        <source>expected letters, digits, - and _ only, at least 8 behind the first seven characters</source>
        <translation>只应有字母、数字、- 和 _，前七个字符之后至少有 8 个</translation>
    </message>
    <message>
        <source>expected it to begin with fedllm1, got &quot;%1&quot;</source>
        <translation>应以 fedllm1 开头，实际是“%1”</translation>
    </message>
    <message>
        <source>expected at most %1 characters, got %2</source>
        <translation>最多 %1 个字符，实际有 %2 个</translation>
    </message>
    <message>
        <source>expected at most %1 addresses, got %2</source>
        <translation>最多 %1 个地址，实际有 %2 个</translation>
    </message>
    <message>
        <source>expected version %1, got %2; a newer program made it</source>
        <translation>应为版本 %1，实际是 %2；它由更新的程序生成</translation>
    </message>
    <message>
        <source>an address of kind %1 is unknown</source>
        <translation>未知的地址种类 %1</translation>
    </message>
    <message>
        <source>it ends within an address</source>
        <translation>它在地址中间就结束了</translation>
    </message>
    <message>
        <source>something follows its last address</source>
        <translation>最后一个地址之后还有内容</translation>
    </message>
    <message>
        <source>the prompt format %1 fits none of the fields %2: expected messages, conversations, instruction and response, question and answer, or prompt and completion</source>
        <translation>提示格式 %1 不适合任何字段 %2：应有 messages、conversations、指令与回答、问题与答案，或提示与补全</translation>
    </message>
    <message>
        <source>expected auto, instruction, question, prompt, text, a prompt format or a prompt and a response, got &quot;%1&quot;</source>
        <translation>应为 auto、instruction、question、prompt、text、一种提示格式，或一个提示加一个回答，实际是“%1”</translation>
    </message>
    <message>
        <source>turn %1: %9</source>
        <translation>第 %1 轮：%9</translation>
    </message>
    <message>
        <source>expected a &quot;role&quot; or a &quot;from&quot;, got neither</source>
        <translation>应有 “role” 或 “from”，实际都没有</translation>
    </message>
    <message>
        <source>expected a role as text, got %1</source>
        <translation>角色应为文本，实际是 %1</translation>
    </message>
    <message>
        <source>expected a role of system, user (human), assistant (gpt) or tool, got &quot;%1&quot;</source>
        <translation>角色应为 system、user（human）、assistant（gpt）或 tool，实际是“%1”</translation>
    </message>
    <message>
        <source>expected a &quot;content&quot; or a &quot;value&quot;, got neither</source>
        <translation>应有 “content” 或 “value”，实际都没有</translation>
    </message>
    <message>
        <source>expected parts of text only in the content, got %1</source>
        <translation>内容中应只有文本部分，实际是 %1</translation>
    </message>
    <message>
        <source>expected the content as text, got %1</source>
        <translation>内容应为文本，实际是 %1</translation>
    </message>
    <message>
        <source>expected an object with a role and a content, got %1</source>
        <translation>应为带有角色和内容的对象，实际是 %1</translation>
    </message>
    <message>
        <source>expected a text from the %1, got nothing</source>
        <translation>%1 应有文本，实际为空</translation>
    </message>
    <message>
        <source>the conversation is not JSON: %1</source>
        <translation>对话不是 JSON：%1</translation>
    </message>
    <message>
        <source>expected the conversation as a list of turns, got %1</source>
        <translation>对话应为轮次的列表，实际是 %1</translation>
    </message>
    <message>
        <source>the conversation has no turns</source>
        <translation>对话没有任何轮次</translation>
    </message>
    <message>
        <source>the conversation has no assistant turn, so there is nothing to learn</source>
        <translation>对话中没有助手的轮次，因此没有可学习的内容</translation>
    </message>
    <message>
        <source>the format %1 has no tool turns</source>
        <translation>格式 %1 没有工具轮次</translation>
    </message>
    <message>
        <source>the format %1 takes a system turn only as the first</source>
        <translation>格式 %1 只接受位于开头的系统轮次</translation>
    </message>
    <message>
        <source>expected %1, got %2: in the format %3 user and assistant alternate</source>
        <translation>应为 %1，实际是 %2：在格式 %3 中用户与助手交替出现</translation>
    </message>
    <message>
        <source>expected a prompt format of %1, got &quot;%2&quot;</source>
        <translation>提示格式应为 %1 之一，实际是“%2”</translation>
    </message>
    <message>
        <source>expected a turn for the model to answer</source>
        <translation>应有一个等待模型回答的轮次</translation>
    </message>
    <message>
        <source>the format %1 writes %2, which the tokenizer does not know as a token: read as plain text</source>
        <translation>格式 %1 会写出 %2，而分词器没有这个词元：按普通文本读取</translation>
    </message>
    <message>
        <source>the format %1 writes %2, which the tokenizer does not know as tokens: read as plain text</source>
        <translation>格式 %1 会写出 %2，而分词器没有这些词元：按普通文本读取</translation>
    </message>
    <message>
        <source>the format %1 ends with the end-of-text token, which the tokenizer lacks: left out</source>
        <translation>格式 %1 以文本结束词元收尾，而分词器没有它：已省略</translation>
    </message>
    <message>
        <source>the format %1 begins with the begin-of-text token, which the tokenizer lacks: left out</source>
        <translation>格式 %1 以文本开始词元开头，而分词器没有它：已省略</translation>
    </message>
    <message>
        <source>its chat template writes %1 and %2</source>
        <translation>其聊天模板会写出 %1 和 %2</translation>
    </message>
    <message>
        <source>its chat template is none of the formats known here</source>
        <translation>其聊天模板不是这里已知的任何格式</translation>
    </message>
    <message>
        <source>its tokenizer has the tokens %1 and %2</source>
        <translation>其分词器含有词元 %1 和 %2</translation>
    </message>
    <message>
        <source>its files name no prompt format</source>
        <translation>其文件没有说明提示格式</translation>
    </message>
    <message>
        <source>its own template adds the system turn &quot;%1&quot; where a record has none; dataset.template.system can say it</source>
        <translation>其自带模板会在没有系统轮次的记录前加上“%1”；可用 dataset.template.system 写出</translation>
    </message>
    <message>
        <source>its own template adds a system turn with dates, which this format leaves out</source>
        <translation>其自带模板会加上带日期的系统轮次，这个格式不写</translation>
    </message>
    <message>
        <source>its own template puts a &lt;think&gt; block before the last answer, which this format leaves out</source>
        <translation>其自带模板会在最后的回答前放一个 &lt;think&gt; 块，这个格式不写</translation>
    </message>
    <message>
        <source>its own template writes no space before [/INST], which this format does</source>
        <translation>其自带模板在 [/INST] 前不写空格，而这个格式会写</translation>
    </message>
    <message>
        <source>the base model&apos;s own prompt format is %1, the records are written as %2</source>
        <translation>基础模型自己的提示格式是 %1，而记录按 %2 书写</translation>
    </message>
    <message>
        <source>%1 of the first %2 records have no token to learn from: the prompt alone fills %3 tokens</source>
        <translation>前 %2 条记录中有 %1 条没有可学习的词元：仅提示就占满了 %3 个词元</translation>
    </message>
    <message>
        <source>expected a prompt format, such as chatml, for a system text, got the template &quot;%1&quot;</source>
        <translation>系统文本需要一种提示格式，例如 chatml，实际的模板是“%1”</translation>
    </message>
    <message>
        <source>System text</source>
        <translation>系统文本</translation>
    </message>
    <message>
        <source>Base precision</source>
        <translation>基座精度</translation>
    </message>
    <message>
        <source>Excluded modules</source>
        <translation>排除的模块</translation>
    </message>
    <message>
        <source>Modules kept whole</source>
        <translation>整体保存的模块</translation>
    </message>
    <message>
        <source>Layers with LoRA</source>
        <translation>带 LoRA 的层</translation>
    </message>
    <message>
        <source>Pattern of layers</source>
        <translation>层的模式</translation>
    </message>
    <message>
        <source>Rank by module</source>
        <translation>各模块的秩</translation>
    </message>
    <message>
        <source>Alpha by module</source>
        <translation>各模块的 alpha</translation>
    </message>
    <message>
        <source>modules kept whole are trained without LoRA dropout: expected 0, got %1</source>
        <translation>整体保留的模块训练时不用 LoRA dropout：应为 0，实际是 %1</translation>
    </message>
    <message>
        <source>modules kept whole are not trained on a base held as int8: expected auto, f32 or bf16</source>
        <translation>基础模型以 int8 保存时不能训练整体保留的模块：应为 auto、f32 或 bf16</translation>
    </message>
    <message>
        <source>modules_to_save: the base model has no module &quot;%1&quot;</source>
        <translation>modules_to_save：基础模型没有模块“%1”</translation>
    </message>
    <message>
        <source>LoRA on the head is trained without dropout: expected lora.dropout 0, got %1</source>
        <translation>输出层上的 LoRA 训练时不用 dropout：lora.dropout 应为 0，实际是 %1</translation>
    </message>
    <message>
        <source>layers_to_transform chooses among modules given as a list; say the layers in the pattern of target_modules</source>
        <translation>layers_to_transform 只用于以列表给出的模块；请把层写进 target_modules 的模式里</translation>
    </message>
    <message>
        <source>expected layers_to_transform beside layers_pattern, got none</source>
        <translation>layers_pattern 需要与 layers_to_transform 一起使用，实际没有</translation>
    </message>
    <message>
        <source>the prompt has %1 tokens, the model has %2 positions</source>
        <translation>提示有 %1 个词元，模型只有 %2 个位置</translation>
    </message>
    <message>
        <source>the prompt holds token id %1, the model&apos;s vocabulary has %2</source>
        <translation>提示含有词元编号 %1，模型的词表只有 %2 个</translation>
    </message>
    <message>
        <source>expected a temperature of 0 or more, got %1</source>
        <translation>温度应不小于 0，实际是 %1</translation>
    </message>
    <message>
        <source>expected a top-k of 0 or more, got %1</source>
        <translation>top-k 应不小于 0，实际是 %1</translation>
    </message>
    <message>
        <source>expected a top-p in (0, 1], got %1</source>
        <translation>top-p 应在 (0, 1] 内，实际是 %1</translation>
    </message>
    <message>
        <source>expected a repetition penalty above 0, got %1</source>
        <translation>重复惩罚应大于 0，实际是 %1</translation>
    </message>
    <message>
        <source>expected 0 new tokens or more, got %1</source>
        <translation>新词元数应不小于 0，实际是 %1</translation>
    </message>
    <message>
        <source>the logits are not finite at token %1</source>
        <translation>第 %1 个词元的 logits 不是有限值</translation>
    </message>
    <message>
        <source>the answer was stopped before it began</source>
        <translation>回答在开始之前被停止了</translation>
    </message>
    <message>
        <source>Codec density</source>
        <translation>编码密度</translation>
    </message>
    <message>
        <source>Codec down</source>
        <translation>下行编码</translation>
    </message>
    <message>
        <source>the density has no effect with codec %1, only with top-k and random-mask</source>
        <translation>编码 %1 不使用密度，只有 top-k 与 random-mask 使用</translation>
    </message>
    <message>
        <source>Measures of answers</source>
        <translation>回答的指标</translation>
    </message>
    <message>
        <source>Records answered</source>
        <translation>作答的记录数</translation>
    </message>
    <message>
        <source>Tokens of an answer</source>
        <translation>回答的词元数</translation>
    </message>
    <message>
        <source>%1 needs the field that holds the label</source>
        <translation>%1 需要存放标签的字段</translation>
    </message>
    <message>
        <source>the base held as int8 has a loss of %1 on %2 held-out records, %3 against the file&apos;s own numbers</source>
        <translation>以 int8 保存的基础模型在 %2 条留出记录上的损失为 %1，与文件原有数值相差 %3</translation>
    </message>
    <message>
        <source>%1 leaves a factor with its client, so the coordinator does not see what each client learned</source>
        <translation>%1 把一个因子留在客户端，所以协调器看不到每个客户端学到了什么</translation>
    </message>
    <message>
        <source>Not measured: every update is compared with every other one, which is done for up to %1 clients a round; this one had %2</source>
        <translation>没有测量：每个更新都要与其他每个更新比较，每轮最多对 %1 个客户端这样做；这一轮有 %2 个</translation>
    </message>
    <message>
        <source>Not measured: the members would wait for it longer than a twentieth of the round</source>
        <translation>没有测量：成员为此等待的时间会超过一轮的二十分之一</translation>
    </message>
    <message>
        <source>%1 finds the basis of its cores in the first round and trains from the second on: expected at least 2 rounds, got 1</source>
        <translation>%1 在第一轮找到小核的基，从第二轮开始训练：应至少有 2 轮，实际为 1 轮</translation>
    </message>
</context>
<context>
    <name>QLineEdit</name>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>剪切(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Select All</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>QPlatformTheme</name>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>&amp;Yes</source>
        <translation>是(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;No</source>
        <translation>否(&amp;N)</translation>
    </message>
</context>
<context>
    <name>QWidgetTextControl</name>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>剪切(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Select All</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>References</name>
    <message>
        <source>base</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>local-only</source>
        <translation>仅本地</translation>
    </message>
    <message>
        <source>centralised</source>
        <translation>集中训练</translation>
    </message>
</context>
<context>
    <name>RoomText</name>
    <message>
        <source>Paused in round %1 of %2</source>
        <translation>在第 %1 轮（共 %2 轮）暂停</translation>
    </message>
    <message>
        <source>Round %1 of %2</source>
        <translation>第 %1 轮，共 %2 轮</translation>
    </message>
    <message>
        <source>Measuring the base model</source>
        <translation>正在测量基础模型</translation>
    </message>
    <message>
        <source>The run has ended</source>
        <translation>运行已结束</translation>
    </message>
    <message>
        <source>Gathering: %1 of %2 ready</source>
        <translation>集合中：%1 / %2 就绪</translation>
    </message>
    <message numerus="yes">
        <source>Gathering: %n ready</source>
        <translation>
            <numerusform>集合中：%n 个就绪</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n train(s)</source>
        <translation>
            <numerusform>%n 个训练中</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n wait(s)</source>
        <translation>
            <numerusform>%n 个等待中</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n member(s) here</source>
        <translation>
            <numerusform>%n 个成员在场</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n gone</source>
        <translation>
            <numerusform>%n 个失去联系</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n ask(s) to join</source>
        <translation>
            <numerusform>%n 个请求加入</numerusform>
        </translation>
    </message>
    <message>
        <source>Slot %1: %2</source>
        <translation>席位 %1：%2</translation>
    </message>
    <message>
        <source>Slot %1: free</source>
        <translation>席位 %1：空闲</translation>
    </message>
    <message>
        <source>Gathering: %1 ready, %2 needed</source>
        <translation>集合中：%1 个就绪，需要 %2 个</translation>
    </message>
</context>
<context>
    <name>RunRecord</name>
    <message>
        <source>Client %1</source>
        <translation>客户端 %1</translation>
    </message>
    <message>
        <source>Run started: %1 clients, %2 rounds, %L3 training records</source>
        <translation>运行已开始：%1 个客户端，%2 轮，%L3 条训练记录</translation>
    </message>
    <message>
        <source>Round %1 started</source>
        <translation>第 %1 轮已开始</translation>
    </message>
    <message>
        <source>%1 got the adapter (%2)</source>
        <translation>%1 收到了适配器（%2）</translation>
    </message>
    <message>
        <source>%1 sent %2, loss %3, norm %4</source>
        <translation>%1 发送了 %2，损失 %3，范数 %4</translation>
    </message>
    <message>
        <source>%1&apos;s update was rejected: %2</source>
        <translation>%1 的更新被拒绝：%2</translation>
    </message>
    <message>
        <source>Start adapter saved</source>
        <translation>起始适配器已保存</translation>
    </message>
    <message>
        <source>Round %1 saved after %2 s</source>
        <translation>第 %1 轮已保存，用时 %2 秒</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Resumed after round %1</source>
        <translation>在第 %1 轮之后继续</translation>
    </message>
    <message>
        <source>Done after %1 s</source>
        <translation>完成，用时 %1 秒</translation>
    </message>
    <message>
        <source>Failed: %1</source>
        <translation>失败：%1</translation>
    </message>
    <message>
        <source>Stopped and saved</source>
        <translation>已停止并保存</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>Global adapter</source>
        <translation>全局适配器</translation>
    </message>
    <message>
        <source>Adapter of %1</source>
        <translation>%1 的适配器</translation>
    </message>
    <message>
        <source>all topics</source>
        <translation>全部主题</translation>
    </message>
    <message>
        <source>%1 on %2: loss %3, exact %4 %</source>
        <translation>%1 在 %2 上：损失 %3，精确匹配 %4 %</translation>
    </message>
    <message>
        <source>%1 on %2: loss %3</source>
        <translation>%1，%2：损失 %3</translation>
    </message>
    <message>
        <source>Queued: %1</source>
        <translation>排队中：%1</translation>
    </message>
    <message>
        <source>Going on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Adapter trained on all data in one place</source>
        <translation>在同一处用全部数据训练的适配器</translation>
    </message>
    <message>
        <source>Adapter of %1, trained alone</source>
        <translation>%1 单独训练的适配器</translation>
    </message>
</context>
<context>
    <name>RunText</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分钟</translation>
    </message>
    <message>
        <source>ETA %1–%2 s</source>
        <translation>预计还需 %1–%2 秒</translation>
    </message>
    <message>
        <source>ETA %1–%2 min</source>
        <translation>预计还需 %1–%2 分钟</translation>
    </message>
    <message>
        <source>ETA %1–%2 h</source>
        <translation>预计还需 %1–%2 小时</translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation>%1 秒前</translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation>%1 分钟前</translation>
    </message>
    <message>
        <source>%1 h ago</source>
        <translation>%1 小时前</translation>
    </message>
    <message>
        <source>%1 d ago</source>
        <translation>%1 天前</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>rejected: %1</source>
        <translation>被拒绝：%1</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练中</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>sat out</source>
        <translation>未参加</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
</context>
<context>
    <name>Scenario</name>
    <message>
        <source>Client %1</source>
        <translation>客户端 %1</translation>
    </message>
    <message>
        <source>Group %1</source>
        <translation>组 %1</translation>
    </message>
</context>
<context>
    <name>ScenarioCanvas</name>
    <message>
        <source>Coordinator</source>
        <translation>协调器</translation>
    </message>
    <message numerus="yes">
        <source>%1, %n round(s)</source>
        <translation>
            <numerusform>%1，%n 轮</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n 步</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s)</source>
        <translation>
            <numerusform>%n 遍</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 Mbit/s, %2 ms</source>
        <translation>%1 Mbit/s，%2 ms</translation>
    </message>
</context>
<context>
    <name>ScenarioPage</name>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Add client</source>
        <translation>添加客户端</translation>
    </message>
    <message>
        <source>Add a client (Ins)</source>
        <translation>添加一个客户端 (Ins)</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Duplicate the selected clients (Ctrl+D)</source>
        <translation>复制所选客户端 (Ctrl+D)</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>分组</translation>
    </message>
    <message>
        <source>Put the selected clients into a group (Ctrl+G)</source>
        <translation>把所选客户端放入一个组 (Ctrl+G)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete the selected clients (Del)</source>
        <translation>删除所选客户端 (Del)</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适合窗口</translation>
    </message>
    <message>
        <source>Show the whole federation (F)</source>
        <translation>显示整个联邦 (F)</translation>
    </message>
    <message>
        <source>Show as file</source>
        <translation>显示为文件</translation>
    </message>
    <message>
        <source>Shows the scenario as the JSON file that is saved, beside the picture</source>
        <translation>在图旁边显示将要保存的 JSON 文件</translation>
    </message>
    <message>
        <source>Outline of the federation</source>
        <translation>联邦的大纲</translation>
    </message>
    <message>
        <source>The data decide how many clients there are with this split (Data page)</source>
        <translation>采用这种划分时，客户端数量由数据决定（见“数据”页）</translation>
    </message>
    <message>
        <source>Select a client first</source>
        <translation>请先选择一个客户端</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>取消分组</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>The same federation as a tree: coordinator, groups, clients and their links. Enter goes to the settings, F2 renames, Ins adds, Del deletes.</source>
        <translation>同一个联邦的树形视图：协调器、组、客户端及其链路。回车转到设置，F2 改名，Ins 添加，Del 删除。</translation>
    </message>
    <message>
        <source>Sweep…</source>
        <translation>扫描…</translation>
    </message>
    <message>
        <source>Runs this scenario with several methods, seeds and values, and compares them</source>
        <translation>用多种方法、种子和取值运行本方案并作比较</translation>
    </message>
</context>
<context>
    <name>SweepChoice</name>
    <message>
        <source>expected whole numbers from 0, got &quot;%1&quot;</source>
        <translation>应为从 0 起的整数，实际是“%1”</translation>
    </message>
    <message>
        <source>expected every seed once, got %1 twice</source>
        <translation>每个种子应只出现一次，%1 出现了两次</translation>
    </message>
    <message>
        <source>expected at least one seed, got none</source>
        <translation>至少应有一个种子，实际没有</translation>
    </message>
    <message>
        <source>expected numbers above 0, got &quot;%1&quot;</source>
        <translation>应为大于 0 的数，实际是“%1”</translation>
    </message>
    <message>
        <source>expected every rate once, got %1 twice</source>
        <translation>每个学习率应只出现一次，%1 出现了两次</translation>
    </message>
    <message>
        <source>expected every value once, got %1 twice</source>
        <translation>每个取值应只出现一次，%1 出现了两次</translation>
    </message>
    <message>
        <source>expected values of %1, got none</source>
        <translation>应给出 %1 的取值，实际没有</translation>
    </message>
    <message>
        <source>expected at least one method, got none</source>
        <translation>至少应选一种方法，实际没有</translation>
    </message>
    <message>
        <source>expected at most %1 runs, got %2</source>
        <translation>最多 %1 次运行，实际是 %2</translation>
    </message>
</context>
<context>
    <name>Tiles</name>
    <message>
        <source>base</source>
        <translation>基础</translation>
    </message>
    <message>
        <source>global r%1</source>
        <comment>global adapter at round</comment>
        <translation>全局 第%1轮</translation>
    </message>
    <message>
        <source>%1 r%2</source>
        <comment>a client&apos;s own adapter at round</comment>
        <translation>%1 第%2轮</translation>
    </message>
    <message>
        <source>all</source>
        <comment>all topics together</comment>
        <translation>全部</translation>
    </message>
    <message>
        <source>%1, %2: %3 exact, 95 % interval %4 to %5, n %6</source>
        <translation>%1，%2：精确匹配 %3，95 % 区间 %4 到 %5，n %6</translation>
    </message>
    <message>
        <source>global</source>
        <translation>全局</translation>
    </message>
    <message>
        <source>alone</source>
        <comment>the row&apos;s client trained without the others</comment>
        <translation>单独训练</translation>
    </message>
    <message>
        <source>The data have no topics, so every client would be measured on the same records.</source>
        <translation>数据没有主题，每个客户端都会在相同的记录上衡量。</translation>
    </message>
    <message>
        <source>This run did not record which topics its clients hold.</source>
        <translation>这次运行没有记录客户端持有哪些主题。</translation>
    </message>
    <message>
        <source>The matrix appears when the clients&apos; own adapters have been measured.</source>
        <translation>衡量了客户端自己的适配器之后，这里会出现矩阵。</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>Global adapter, round %1</source>
        <translation>第 %1 轮的全局适配器</translation>
    </message>
    <message>
        <source>Adapter trained on all data in one place</source>
        <translation>在同一处用全部数据训练的适配器</translation>
    </message>
    <message>
        <source>Adapter of %1, trained alone</source>
        <translation>%1 单独训练的适配器</translation>
    </message>
    <message>
        <source>Adapter of %1, round %2</source>
        <translation>%1 在第 %2 轮的适配器</translation>
    </message>
    <message>
        <source>%1, on the topics of %2: held-out loss %3</source>
        <comment>an adapter, a client</comment>
        <translation>%1，在 %2 的主题上：留出损失 %3</translation>
    </message>
    <message>
        <source>, %1 exact</source>
        <translation>，精确匹配 %1</translation>
    </message>
    <message>
        <source>centralised</source>
        <translation>集中训练</translation>
    </message>
    <message>
        <source>%1 alone</source>
        <comment>a client&apos;s adapter, trained without the others</comment>
        <translation>%1 单独训练</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>Several clients improve one language model together. Their data stay where they are; only small adapters travel.</source>
        <translation>多个客户端共同改进一个语言模型。数据留在原处，往返的只有小小的适配器。</translation>
    </message>
    <message>
        <source>Run the sample</source>
        <translation>运行示例</translation>
    </message>
    <message>
        <source>4 clients with different mixes of data, a tiny model, 5 rounds: under 40 s</source>
        <translation>4 个数据构成不同的客户端，一个极小的模型，5 轮：不到 40 秒</translation>
    </message>
    <message>
        <source>Starts a shipped scenario at once and shows its curves. Enter does the same.</source>
        <translation>立即启动自带的场景并显示曲线。按 Enter 键效果相同。</translation>
    </message>
    <message>
        <source>Run it with skewed labels</source>
        <translation>用偏斜的标签运行</translation>
    </message>
    <message>
        <source>Each client knows only two of eight desks. See what that does to the curves</source>
        <translation>每个客户端只认识八个部门中的两个。看看曲线会怎样</translation>
    </message>
    <message>
        <source>The same federation, but the labels are spread unevenly, so that the clients pull in different directions.</source>
        <translation>同样的联邦，但标签分布不均，各客户端会朝不同方向拉扯。</translation>
    </message>
    <message>
        <source>New scenario</source>
        <translation>新建场景</translation>
    </message>
    <message>
        <source>Design a federation of your own (Ctrl+N)</source>
        <translation>设计自己的联邦 (Ctrl+N)</translation>
    </message>
    <message>
        <source>Open a scenario…</source>
        <translation>打开场景…</translation>
    </message>
    <message>
        <source>Open a scenario file (Ctrl+O)</source>
        <translation>打开场景文件 (Ctrl+O)</translation>
    </message>
    <message>
        <source>Look at the sample&apos;s design</source>
        <translation>查看示例的设计</translation>
    </message>
    <message>
        <source>Opens the sample without running it</source>
        <translation>打开示例但不运行</translation>
    </message>
    <message>
        <source>&amp;Recent scenarios and runs</source>
        <translation>最近的场景和运行(&amp;R)</translation>
    </message>
    <message>
        <source>Recent scenarios and runs</source>
        <translation>最近的场景和运行</translation>
    </message>
    <message>
        <source>This computer: %1</source>
        <translation>本机：%1</translation>
    </message>
    <message numerus="yes">
        <source>This computer: %n core(s), %1 memory, %2, core ready</source>
        <translation>
            <numerusform>本机：%n 个核心，%1 内存，%2，核心程序就绪</numerusform>
        </translation>
    </message>
    <message>
        <source>sample model ready</source>
        <translation>示例模型就绪</translation>
    </message>
    <message>
        <source>sample model missing</source>
        <translation>缺少示例模型</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ActivityBar</name>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>There are problems on this page</source>
        <translation>这一页上有问题</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::AggregationPlot</name>
    <message>
        <source>rounding</source>
        <translation>舍入</translation>
    </message>
    <message>
        <source>Aggregation error</source>
        <translation>聚合误差</translation>
    </message>
    <message>
        <source>Whose aggregation error is drawn</source>
        <translation>画出谁的聚合误差</translation>
    </message>
    <message>
        <source>The error of the whole update is always drawn. Beside it: the worst LoRA module of each round, all modules, or one. The error is the part of the clients&apos; mean change that the new adapter does not hold, ‖T − G‖ / ‖T‖.</source>
        <translation>始终画出整个更新的误差。此外可选：每轮误差最大的 LoRA 模块、所有模块，或其中一个。误差是客户端平均变化中新适配器没有保留的部分，‖T − G‖ / ‖T‖。</translation>
    </message>
    <message>
        <source>whole update</source>
        <translation>整个更新</translation>
    </message>
    <message>
        <source>worst module</source>
        <translation>误差最大的模块</translation>
    </message>
    <message>
        <source>all modules</source>
        <translation>所有模块</translation>
    </message>
    <message>
        <source>discarded energy</source>
        <translation>舍弃的能量</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>aggregation error, log</source>
        <translation>聚合误差，对数</translation>
    </message>
    <message>
        <source>previous run</source>
        <translation>上一次运行</translation>
    </message>
    <message>
        <source>exact up to rounding; 0 lies on the floor</source>
        <translation>除舍入外精确；0 画在最底下</translation>
    </message>
    <message>
        <source>exact up to rounding</source>
        <translation>除舍入外精确</translation>
    </message>
    <message>
        <source>part of the clients&apos; mean change that the new adapter does not hold</source>
        <translation>客户端平均变化中新适配器没有保留的部分</translation>
    </message>
    <message>
        <source>The aggregation error was not measured in this run.</source>
        <translation>这次运行没有测量聚合误差。</translation>
    </message>
    <message>
        <source>No round saved yet</source>
        <translation>还没有保存任何一轮</translation>
    </message>
    <message>
        <source>which</source>
        <translation>哪个模块</translation>
    </message>
    <message>
        <source>Aggregation error of the whole update: %1 in round %2, %3 in round %4.</source>
        <translation>整个更新的聚合误差：第 %2 轮 %1，第 %4 轮 %3。</translation>
    </message>
    <message>
        <source>Worst module: %1 at %2.</source>
        <translation>误差最大的模块：%1，%2。</translation>
    </message>
    <message>
        <source>round %1: whole update %2</source>
        <translation>第 %1 轮：整个更新 %2</translation>
    </message>
    <message>
        <source>, worst %1 %2</source>
        <comment>the module and its error</comment>
        <translation>，最大 %1 %2</translation>
    </message>
    <message>
        <source>, discarded energy %1</source>
        <translation>，舍弃的能量 %1</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::AnswerCard</name>
    <message>
        <source>Likeliest first words</source>
        <translation>最可能的第一个词</translation>
    </message>
    <message>
        <source>%1 %2 %</source>
        <translation>%1 %2 %</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>waiting for the core, %1 s</source>
        <translation>等待核心程序，%1 秒</translation>
    </message>
    <message>
        <source>Answer of %1</source>
        <translation>%1 的回答</translation>
    </message>
    <message>
        <source>waiting for the core</source>
        <translation>等待核心程序</translation>
    </message>
    <message>
        <source>(no words)</source>
        <translation>（没有词）</translation>
    </message>
    <message>
        <source>✔ right</source>
        <translation>✔ 正确</translation>
    </message>
    <message>
        <source>✖ wrong: %1</source>
        <translation>✖ 错误：%1</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1, answered in %2</source>
        <translation>%1，用时 %2</translation>
    </message>
    <message>
        <source>✖ %1</source>
        <translation>✖ %1</translation>
    </message>
    <message>
        <source>%1, SHA-256 %2, answered in %3</source>
        <translation>%1，SHA-256 %2，用时 %3</translation>
    </message>
    <message numerus="yes">
        <source>writing, %n token(s)</source>
        <translation>
            <numerusform>正在生成，%n 个词元</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>stopped after %n token(s)</source>
        <translation>
            <numerusform>已停止，共 %n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message numerus="yes">
        <source>%n token(s) behind a prompt of %1</source>
        <translation>
            <numerusform>在 %1 个词元的提示之后生成 %n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>cut at the limit of new tokens</source>
        <translation>达到新词元上限而截断</translation>
    </message>
    <message>
        <source>The answer, written while its tokens come. It can be selected and copied.</source>
        <translation>回答，随词元生成逐步显示；可以选中并复制。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::AskingCard</name>
    <message>
        <source>Admit</source>
        <translation>准入</translation>
    </message>
    <message>
        <source>Lets this machine into the room. Compare the check code first.</source>
        <translation>让这台机器进入房间。请先比对核对码。</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
    <message>
        <source>Turns this machine away. It may ask again.</source>
        <translation>不让这台机器进入。它可以再次请求。</translation>
    </message>
    <message>
        <source>%1 at %2 asks to join. Is this the code on its screen?</source>
        <translation>%1（%2）请求加入。它的屏幕上是这个码吗？</translation>
    </message>
    <message>
        <source>%1 asks to join, check code %2</source>
        <translation>%1 请求加入，核对码 %2</translation>
    </message>
    <message>
        <source>Admit %1</source>
        <translation>准入 %1</translation>
    </message>
    <message>
        <source>Do not admit %1 now</source>
        <translation>暂不准入 %1</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::AskingCards</name>
    <message>
        <source>Machines that ask to join</source>
        <translation>请求加入的机器</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::BannerArea</name>
    <message>
        <source>Close this message</source>
        <translation>关闭这条消息</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::Canvas</name>
    <message>
        <source>Canvas of the federation</source>
        <translation>联邦画布</translation>
    </message>
    <message>
        <source>A picture; the outline beside it says the same as a tree.</source>
        <translation>这是一幅图；旁边的大纲内容相同。</translation>
    </message>
    <message>
        <source>The federation: one coordinator, its clients and the links between them. Drag nodes, or use the keyboard: Tab and arrow keys go from node to node, Ctrl+arrow keys move them, Ins adds a client, Del deletes, F2 renames, Ctrl+D duplicates, Ctrl+G groups.</source>
        <translation>联邦：一个协调器、它的客户端以及它们之间的链路。可以拖动节点，也可以用键盘：Tab 和方向键在节点间移动，Ctrl+方向键移动节点，Ins 添加客户端，Del 删除，F2 重命名，Ctrl+D 复制，Ctrl+G 分组。</translation>
    </message>
    <message>
        <source>New name</source>
        <translation>新名称</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::CanvasPanel</name>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>who</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>state</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>coordinator</source>
        <translation>协调器</translation>
    </message>
    <message>
        <source>Fast drawing</source>
        <translation>快速绘制</translation>
    </message>
    <message>
        <source>Fast: nothing moves, pictures are drawn twice a second, the run has the processor</source>
        <translation>快速：没有动画，图像每秒绘制两次，处理器留给运行</translation>
    </message>
    <message>
        <source>Round %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>up, this round</source>
        <translation>上行，本轮</translation>
    </message>
    <message>
        <source>down, this round</source>
        <translation>下行，本轮</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ChipRow</name>
    <message>
        <source>Prompts</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>More prompts</source>
        <translation>更多提示</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClientBars</name>
    <message>
        <source>Records per client</source>
        <translation>每个客户端的记录</translation>
    </message>
    <message>
        <source>%1 tok</source>
        <translation>%1 词元</translation>
    </message>
    <message>
        <source>%1: %2 records</source>
        <translation>%1：%2 条记录</translation>
    </message>
    <message>
        <source>, %1 tokens</source>
        <translation>，%1 个词元</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClientTable</name>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>One row a client: the colour of its curve, its last and best loss, what it sent and what it does now. Select a client to highlight it everywhere.</source>
        <translation>每个客户端一行：曲线颜色、最近和最低损失、已发送的量以及正在做的事。选择一个客户端会在各处突出显示它。</translation>
    </message>
    <message>
        <source>training %1 %</source>
        <translation>训练中 %1 %</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClientTableModel</name>
    <message>
        <source>training %1 %</source>
        <translation>训练中 %1 %</translation>
    </message>
    <message>
        <source>%1: %2 records, %3 up, %4 down</source>
        <translation>%1：%2 条记录，上行 %3，下行 %4</translation>
    </message>
    <message>
        <source>client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>best</source>
        <translation>最低</translation>
    </message>
    <message>
        <source>up</source>
        <translation>上行</translation>
    </message>
    <message>
        <source>state</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Tick to show the curve; S shows it alone, H hides it</source>
        <translation>勾选以显示曲线；S 单独显示，H 隐藏</translation>
    </message>
    <message>
        <source>Lowest training loss so far</source>
        <translation>迄今最低的训练损失</translation>
    </message>
    <message>
        <source>Payload bytes sent so far</source>
        <translation>迄今发送的有效载荷字节</translation>
    </message>
    <message>
        <source>What the client is doing</source>
        <translation>客户端正在做什么</translation>
    </message>
    <message>
        <source>Training loss of the last local step; with a round cursor, the round&apos;s mean</source>
        <translation>最近一个本地步的训练损失；有轮次光标时为该轮的平均值</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ClosingBox</name>
    <message>
        <source>Keep going in the background</source>
        <translation>在后台继续</translation>
    </message>
    <message>
        <source>Keep training in the background</source>
        <translation>在后台继续训练</translation>
    </message>
    <message>
        <source>Pause and quit</source>
        <translation>暂停并退出</translation>
    </message>
    <message>
        <source>It can be resumed later, after its last saved round</source>
        <translation>以后可以从最后保存的一轮继续</translation>
    </message>
    <message>
        <source>The run waits and can be resumed later; the room stays open</source>
        <translation>运行会等待，以后可以继续；房间保持开放</translation>
    </message>
    <message>
        <source>Rounds that are done stay, and the run can be resumed later</source>
        <translation>已完成的轮次会保留，以后可以继续这次运行</translation>
    </message>
    <message>
        <source>Keep going after log-out, too</source>
        <translation>注销之后也继续</translation>
    </message>
    <message>
        <source>Keep running after log-out, too</source>
        <translation>注销之后也继续运行</translation>
    </message>
    <message>
        <source>A run is going on</source>
        <translation>有一次运行正在进行</translation>
    </message>
    <message>
        <source>A room is open</source>
        <translation>有一个房间开着</translation>
    </message>
    <message>
        <source>This machine is in a room</source>
        <translation>本机在一个房间里</translation>
    </message>
    <message>
        <source>A run is going on. What should become of it when this window closes?</source>
        <translation>有一次运行正在进行。关闭这个窗口时该怎么办？</translation>
    </message>
    <message>
        <source>In the background it goes on as it is; opening the window again shows all of it.</source>
        <translation>在后台它会照常继续；再次打开窗口就能看到全部内容。</translation>
    </message>
    <message>
        <source>A run is going on.</source>
        <translation>有一次运行正在进行。</translation>
    </message>
    <message>
        <source>What should become of this when the window closes?</source>
        <translation>关闭这个窗口时该怎么办？</translation>
    </message>
    <message>
        <source>In the background the room stays open: members stay, train and come back, and whoever has the ticket may join.</source>
        <translation>在后台房间保持开放：成员留下、训练、也能回来，持邀请码者可以加入。</translation>
    </message>
    <message>
        <source>In the background this machine stays a member: it goes on with what you agreed to and waits for the host.</source>
        <translation>在后台本机仍是成员：继续做您已同意的事，并等待主持方。</translation>
    </message>
    <message>
        <source>The run goes on as it is.</source>
        <translation>运行照常继续。</translation>
    </message>
    <message numerus="yes">
        <source>%n machine(s) that ask(s) to be let in wait(s) until the window is open again.</source>
        <translation>
            <numerusform>%n 台请求加入的机器要等到窗口再次打开。</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is trained for %1 before you agree.</source>
        <translation>在您同意之前，不会为 %1 训练。</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>Ending stops the run; its saved rounds stay.</source>
        <translation>结束会停止运行；已保存的轮次会保留。</translation>
    </message>
    <message>
        <source>Closing the room tells its members; opened again under the same name it knows them.</source>
        <translation>关闭房间会通知其成员；用同一名称再次开设时，房间仍认识他们。</translation>
    </message>
    <message>
        <source>Leaving ends this machine&apos;s part; the room goes on, and you may come back without a ticket.</source>
        <translation>离开会结束本机的参与；房间继续，您以后不用邀请码也可以回来。</translation>
    </message>
    <message>
        <source>Stop and quit</source>
        <translation>停止并退出</translation>
    </message>
    <message>
        <source>End everything and quit</source>
        <translation>全部结束并退出</translation>
    </message>
    <message>
        <source>Leave and quit</source>
        <translation>离开并退出</translation>
    </message>
    <message>
        <source>Close the rooms and quit</source>
        <translation>关闭这些房间并退出</translation>
    </message>
    <message>
        <source>Close the room and quit</source>
        <translation>关闭房间并退出</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::CommPlot</name>
    <message>
        <source>Communication</source>
        <translation>通信</translation>
    </message>
    <message>
        <source>per round</source>
        <translation>每轮</translation>
    </message>
    <message>
        <source>cumulative</source>
        <translation>累计</translation>
    </message>
    <message>
        <source>Bytes per round or cumulative</source>
        <translation>每轮字节或累计字节</translation>
    </message>
    <message>
        <source>Shows the bytes of each round, or all bytes up to each round.</source>
        <translation>显示每一轮的字节，或到每一轮为止的全部字节。</translation>
    </message>
    <message>
        <source>in-process: no HTTP/2 or TLS</source>
        <translation>进程内：没有 HTTP/2 或 TLS</translation>
    </message>
    <message>
        <source>up, payload</source>
        <translation>上行，有效载荷</translation>
    </message>
    <message>
        <source>up, wire</source>
        <translation>上行，线路</translation>
    </message>
    <message>
        <source>down, payload</source>
        <translation>下行，有效载荷</translation>
    </message>
    <message>
        <source>down, wire</source>
        <translation>下行，线路</translation>
    </message>
    <message>
        <source>modelled</source>
        <translation>模型估计</translation>
    </message>
    <message>
        <source>previous run</source>
        <translation>上一次运行</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>bytes so far</source>
        <translation>迄今字节</translation>
    </message>
    <message>
        <source>bytes a round</source>
        <translation>每轮字节</translation>
    </message>
    <message>
        <source>wire</source>
        <translation>线路</translation>
    </message>
    <message>
        <source>payload</source>
        <translation>有效载荷</translation>
    </message>
    <message>
        <source>No round saved yet</source>
        <translation>还没有保存任何一轮</translation>
    </message>
    <message>
        <source>up, modelled</source>
        <translation>上行，模型估计</translation>
    </message>
    <message>
        <source>down, modelled</source>
        <translation>下行，模型估计</translation>
    </message>
    <message>
        <source>up, wire, previous run</source>
        <translation>上行，线路，上一次运行</translation>
    </message>
    <message>
        <source>down, wire, previous run</source>
        <translation>下行，线路，上一次运行</translation>
    </message>
    <message numerus="yes">
        <source>Communication, %n round(s):</source>
        <translation>
            <numerusform>通信，%n 轮：</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 up and %2 down as payload, %3 on the wire, %4 modelled.</source>
        <translation>有效载荷上行 %1、下行 %2，线路 %3，模型估计 %4。</translation>
    </message>
    <message>
        <source>round %1: %2 up, %3 down, wire +%4</source>
        <translation>第 %1 轮：上行 %2，下行 %3，线路 +%4</translation>
    </message>
    <message>
        <source>network: messages alone</source>
        <translation>网络：仅消息</translation>
    </message>
    <message>
        <source>network: with HTTP/2 and TLS</source>
        <translation>网络：含 HTTP/2 和 TLS</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ConsentCard</name>
    <message>
        <source>Do you want to take part?</source>
        <translation>您要参加吗？</translation>
    </message>
    <message>
        <source>Who asks</source>
        <translation>谁在请求</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>What is trained</source>
        <translation>训练什么</translation>
    </message>
    <message>
        <source>What leaves this machine</source>
        <translation>什么会离开本机</translation>
    </message>
    <message>
        <source>What stays</source>
        <translation>什么留下</translation>
    </message>
    <message>
        <source>What it costs</source>
        <translation>代价</translation>
    </message>
    <message>
        <source>Your records, their text and your file names.</source>
        <translation>您的记录、其中的文本以及文件名。</translation>
    </message>
    <message>
        <source>Also tell the host how many &amp;records each label has</source>
        <translation>同时告诉主持方每个标签有多少条记录(&amp;R)</translation>
    </message>
    <message>
        <source>Off: the host learns how many records you have, but not of which kind.</source>
        <translation>关闭时：主持方只知道您有多少条记录，不知道是哪一类。</translation>
    </message>
    <message>
        <source>&amp;Take part</source>
        <translation>参加(&amp;T)</translation>
    </message>
    <message>
        <source>Training begins when the host starts it. You can pause or leave at any time.</source>
        <translation>主持方启动后开始训练。您可以随时暂停或离开。</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>暂不(&amp;N)</translation>
    </message>
    <message>
        <source>Leaves the room. Nothing has left this machine.</source>
        <translation>离开房间。没有任何东西离开本机。</translation>
    </message>
    <message>
        <source>%1, %2, SHA-256 %3…</source>
        <translation>%1，%2，SHA-256 %3…</translation>
    </message>
    <message numerus="yes">
        <source>%n round(s)</source>
        <translation>
            <numerusform>%n 轮</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of updates a round</source>
        <translation>每轮 %1 更新</translation>
    </message>
    <message numerus="yes">
        <source>%n core(s) and about %1 of memory while a round goes on.</source>
        <translation>
            <numerusform>一轮进行期间使用 %n 个核心和约 %1 内存。</numerusform>
        </translation>
    </message>
    <message>
        <source>Your data cannot take part as it is</source>
        <translation>您的数据目前还不能参加</translation>
    </message>
    <message>
        <source>%1 at %2, check code %3</source>
        <translation>%1（%2），核对码 %3</translation>
    </message>
    <message numerus="yes">
        <source>%n local step(s) in all</source>
        <translation>
            <numerusform>共 %n 个本地步</numerusform>
        </translation>
    </message>
    <message>
        <source>, and these numbers:</source>
        <translation>，以及这些数字：</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ConsequenceCard</name>
    <message>
        <source>What the method means for this scenario</source>
        <translation>这个方法对本场景意味着什么</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Aggregation</source>
        <translation>聚合</translation>
    </message>
    <message>
        <source>The coordinator sees</source>
        <translation>协调器看到</translation>
    </message>
    <message>
        <source>Other clients see</source>
        <translation>其他客户端看到</translation>
    </message>
    <message>
        <source>A client keeps</source>
        <translation>客户端保留</translation>
    </message>
    <message>
        <source>Excludes</source>
        <translation>排除</translation>
    </message>
    <message>
        <source>Nothing.</source>
        <translation>无。</translation>
    </message>
    <message>
        <source>%1.</source>
        <translation>%1。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::CoreLink</name>
    <message>
        <source>Starting the core…</source>
        <translation>正在启动核心程序…</translation>
    </message>
    <message>
        <source>No news from the core for %1 s</source>
        <translation>核心程序已 %1 秒没有消息</translation>
    </message>
    <message>
        <source>Core ready</source>
        <translation>核心程序就绪</translation>
    </message>
    <message>
        <source>The core is not answering</source>
        <translation>核心程序没有应答</translation>
    </message>
    <message>
        <source>The running core is version %1, this window %2: close other windows and start again</source>
        <translation>正在运行的核心程序版本是 %1，本窗口是 %2：请关闭其他窗口后重新启动</translation>
    </message>
    <message>
        <source>In use by fedllm %1 (process %2)</source>
        <translation>正被 fedllm %1 占用（进程 %2）</translation>
    </message>
    <message>
        <source>Core stopped</source>
        <translation>核心程序已停止</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::DataPanel</name>
    <message>
        <source>Your data</source>
        <translation>您的数据</translation>
    </message>
    <message>
        <source>Choose files and their columns appear here.</source>
        <translation>选择文件后，这里会出现它们的列。</translation>
    </message>
    <message>
        <source>&amp;Use this data</source>
        <translation>使用这些数据(&amp;U)</translation>
    </message>
    <message>
        <source>Reads the files on this machine and reports what is in them. Nothing is sent.</source>
        <translation>在本机读取文件并报告其内容。什么都不会发送。</translation>
    </message>
    <message>
        <source>Your data files</source>
        <translation>您的数据文件</translation>
    </message>
    <message>
        <source>JSONL, JSON, CSV or plain text. Files are read in place and never leave this machine.</source>
        <translation>JSONL、JSON、CSV 或纯文本。文件就地读取，绝不离开本机。</translation>
    </message>
    <message>
        <source>&amp;Add files…</source>
        <translation>添加文件…(&amp;A)</translation>
    </message>
    <message>
        <source>The data to take part with.</source>
        <translation>用来参加的数据。</translation>
    </message>
    <message>
        <source>R&amp;emove</source>
        <translation>移除(&amp;E)</translation>
    </message>
    <message>
        <source>Takes the selected files off the list.</source>
        <translation>把选中的文件从列表中去掉。</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>How the files are read. Recognised from their names and first bytes unless chosen here.</source>
        <translation>如何读取文件。除非在此选择，否则按文件名和开头的字节识别。</translation>
    </message>
    <message>
        <source>recognise</source>
        <translation>自动识别</translation>
    </message>
    <message>
        <source>Choose your data</source>
        <translation>选择您的数据</translation>
    </message>
    <message>
        <source>Datasets (*.jsonl *.json *.csv *.tsv *.txt);;All files (*)</source>
        <translation>数据集 (*.jsonl *.json *.csv *.tsv *.txt);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Column for %1</source>
        <translation>%1 对应的列</translation>
    </message>
    <message>
        <source>Which column of your files is the room&apos;s field %1.</source>
        <translation>您文件中的哪一列是房间的字段 %1。</translation>
    </message>
    <message>
        <source>(choose a column)</source>
        <translation>（选择一列）</translation>
    </message>
    <message>
        <source>Choose a column for every field</source>
        <translation>请为每个字段选择一列</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::DoctorDialog</name>
    <message>
        <source>fine</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>problem</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>note</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Connection doctor</source>
        <translation>连接诊断</translation>
    </message>
    <message>
        <source>&amp;Ticket or address to reach</source>
        <translation>要连接的邀请码或地址(&amp;T)</translation>
    </message>
    <message>
        <source>none: only this machine and its network are examined</source>
        <translation>无：只检查本机及其网络</translation>
    </message>
    <message>
        <source>The room that cannot be reached. Empty: this machine and its network.</source>
        <translation>连接不上的房间。留空：本机及其网络。</translation>
    </message>
    <message>
        <source>&amp;Examine</source>
        <translation>检查(&amp;E)</translation>
    </message>
    <message>
        <source>Takes up to ten seconds.</source>
        <translation>最多需要十秒。</translation>
    </message>
    <message>
        <source>Examining</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>&amp;Copy all</source>
        <translation>全部复制(&amp;C)</translation>
    </message>
    <message>
        <source>Puts everything on the clipboard, for whoever looks after the network.</source>
        <translation>把全部内容放到剪贴板，交给管理网络的人。</translation>
    </message>
    <message>
        <source>This is neither a ticket (it begins with fedllm1) nor an address such as 192.168.1.20:47110.</source>
        <translation>这既不是邀请码（以 fedllm1 开头），也不是 192.168.1.20:47110 这样的地址。</translation>
    </message>
    <message>
        <source>Examining…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Command that helps</source>
        <translation>有用的命令</translation>
    </message>
    <message>
        <source>To be run in a terminal by somebody who may administer this machine.</source>
        <translation>请由可以管理本机的人在终端中运行。</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Puts the command on the clipboard.</source>
        <translation>把命令放到剪贴板。</translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s) found</source>
        <translation>
            <numerusform>发现 %n 个问题</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No problem, %n thing(s) to know</source>
        <translation>
            <numerusform>没有问题，有 %n 点需要知道</numerusform>
        </translation>
    </message>
    <message>
        <source>Everything is fine</source>
        <translation>一切正常</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::DuplicateDialog</name>
    <message>
        <source>Duplicate and change one thing</source>
        <translation>复制并只改一处</translation>
    </message>
    <message>
        <source>The next run starts with this one drawn faintly behind it.</source>
        <translation>下一次运行开始后，这一次会淡淡地画在背景里。</translation>
    </message>
    <message>
        <source>What to change</source>
        <translation>改什么</translation>
    </message>
    <message>
        <source>The one field of the scenario that will differ.</source>
        <translation>场景中将要不同的那一个字段。</translation>
    </message>
    <message>
        <source>New value</source>
        <translation>新值</translation>
    </message>
    <message>
        <source>The new value, as in the scenario file.</source>
        <translation>新值，写法与场景文件相同。</translation>
    </message>
    <message>
        <source>&amp;Change</source>
        <translation>更改(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;to</source>
        <translation>为(&amp;T)</translation>
    </message>
    <message>
        <source>Start run</source>
        <translation>开始运行</translation>
    </message>
    <message>
        <source>✖ %1</source>
        <translation>✖ %1</translation>
    </message>
    <message>
        <source>Choose another value than now.</source>
        <translation>请选择与现在不同的值。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::EventList</name>
    <message>
        <source>Filter events</source>
        <translation>筛选事件</translation>
    </message>
    <message>
        <source>Shows only events that contain this text.</source>
        <translation>只显示包含这段文字的事件。</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::EventModel</name>
    <message>
        <source>time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>event</source>
        <translation>事件</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::FieldForm</name>
    <message>
        <source>Change %1</source>
        <translation>更改%1</translation>
    </message>
    <message>
        <source>Back to the default</source>
        <translation>恢复默认值</translation>
    </message>
    <message>
        <source>Reset %1</source>
        <translation>重置%1</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::FilePane</name>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>还原</translation>
    </message>
    <message>
        <source>As a &amp;file</source>
        <translation>作为文件(&amp;F)</translation>
    </message>
    <message>
        <source>The scenario as JSON</source>
        <translation>场景的 JSON</translation>
    </message>
    <message>
        <source>The scenario exactly as it is saved. Edit it and press Apply: one undoable step.</source>
        <translation>与保存内容完全一致的场景。编辑后按“应用”：一个可撤销的步骤。</translation>
    </message>
    <message>
        <source>Command that repeats this run in a terminal</source>
        <translation>在终端中重复这次运行的命令</translation>
    </message>
    <message>
        <source>Type this in a terminal to run the same scenario without a window.</source>
        <translation>在终端中输入它，即可不用窗口运行同一个场景。</translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation>复制命令</translation>
    </message>
    <message>
        <source>Save the scenario first</source>
        <translation>请先保存场景</translation>
    </message>
    <message>
        <source>The scenario was changed elsewhere. Apply overwrites that, Revert shows it.</source>
        <translation>场景在别处被修改了。“应用”会覆盖那些修改，“还原”会显示它们。</translation>
    </message>
    <message>
        <source>Edited, not applied yet</source>
        <translation>已编辑，尚未应用</translation>
    </message>
    <message>
        <source>Edit the file</source>
        <translation>编辑文件</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ForecastBar</name>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>How long the run should take on this computer, as a range</source>
        <translation>在本机上运行预计需要多久，以范围表示</translation>
    </message>
    <message>
        <source>Bytes of all updates, up and down together, exactly as the codec writes them</source>
        <translation>全部更新的字节数，上行与下行合计，与编码器写出的完全一致</translation>
    </message>
    <message>
        <source>Numbers that are trained, and the base model&apos;s, which stay as they are</source>
        <translation>被训练的参数个数，以及保持不变的基础模型参数个数</translation>
    </message>
    <message>
        <source>Records that are trained on and records held out for scoring</source>
        <translation>用于训练的记录和留作评分的记录</translation>
    </message>
    <message>
        <source>Errors keep the scenario from running</source>
        <translation>有错误时场景不能运行</translation>
    </message>
    <message>
        <source>Run this scenario (F5)</source>
        <translation>运行这个场景 (F5)</translation>
    </message>
    <message>
        <source>No problems</source>
        <translation>没有问题</translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s)</source>
        <translation>
            <numerusform>%n 个问题</numerusform>
        </translation>
    </message>
    <message>
        <source>Errors keep this scenario from running; the list of problems names them</source>
        <translation>有错误，场景不能运行；问题列表中有说明</translation>
    </message>
    <message>
        <source>Forecasting…</source>
        <translation>正在预测…</translation>
    </message>
    <message>
        <source>No forecast yet</source>
        <translation>还没有预测</translation>
    </message>
    <message>
        <source>Time: %1</source>
        <translation>时间：%1</translation>
    </message>
    <message>
        <source>Time: known after the first run</source>
        <translation>时间：第一次运行后可知</translation>
    </message>
    <message>
        <source>%1 in all, %2 a round</source>
        <translation>共 %1，每轮 %2</translation>
    </message>
    <message>
        <source>%L1 bytes</source>
        <translation>%L1 字节</translation>
    </message>
    <message>
        <source>Adapter %L1 of %L2 parameters</source>
        <translation>适配器 %L1 / %L2 个参数</translation>
    </message>
    <message>
        <source>%L1 + %L2 records</source>
        <translation>%L1 + %L2 条记录</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::FoundRoomModel</name>
    <message>
        <source>This room speaks version %1 of the protocol, this program version %2.</source>
        <translation>这个房间使用第 %1 版协议，本程序使用第 %2 版。</translation>
    </message>
    <message>
        <source>You belong to this room: no ticket needed.</source>
        <translation>您属于这个房间：不需要邀请码。</translation>
    </message>
    <message>
        <source>Ask its host for a ticket.</source>
        <translation>请向它的主持方索取邀请码。</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>房间</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>主持方</translation>
    </message>
    <message>
        <source>Members</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::HeatMap</name>
    <message>
        <source>Records by label and client</source>
        <translation>按标签和客户端统计的记录</translation>
    </message>
    <message>
        <source>Each cell is the number of records of one label that one client holds. The last column is held out for testing. Move with the arrow keys.</source>
        <translation>每个格子是一个客户端持有的某个标签的记录数。最后一列留作测试。用方向键移动。</translation>
    </message>
    <message>
        <source>held out, %1: %2 records</source>
        <translation>留出，%1：%2 条记录</translation>
    </message>
    <message>
        <source>%1, %2: %3 records, %4 % of the client</source>
        <translation>%1，%2：%3 条记录，占该客户端的 %4 %</translation>
    </message>
    <message>
        <source>test</source>
        <translation>测试</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::HostForm</name>
    <message>
        <source>Lab on %1</source>
        <translation>%1 上的实验室</translation>
    </message>
    <message>
        <source>Shown to those who look for a room. The same name opened again is the same room: its members need no new ticket.</source>
        <translation>显示给寻找房间的人。用同一名称再次开设就是同一个房间：其成员不需要新的邀请码。</translation>
    </message>
    <message>
        <source>What is trained: base model, adapter, rounds and the fields that every member&apos;s data must have.</source>
        <translation>训练什么：基础模型、适配器、轮数，以及每个成员的数据必须有的字段。</translation>
    </message>
    <message>
        <source>&amp;Admit each member by hand</source>
        <translation>手动准入每个成员(&amp;A)</translation>
    </message>
    <message>
        <source>On: whoever comes with the ticket waits until you compared the check code. Off: the ticket is enough.</source>
        <translation>开启：持邀请码而来的人要等您比对核对码。关闭：有邀请码就够了。</translation>
    </message>
    <message>
        <source>Show the room on the &amp;network</source>
        <translation>在网络上显示房间(&amp;N)</translation>
    </message>
    <message>
        <source>The room&apos;s name appears in the lists of studios on this network. Joining still takes a ticket.</source>
        <translation>房间名称会出现在本网络其他工作室的列表中。加入仍需邀请码。</translation>
    </message>
    <message>
        <source>&amp;Hand out shards of the scenario&apos;s data</source>
        <translation>分发场景数据的分片(&amp;H)</translation>
    </message>
    <message>
        <source>Let the scenario&apos;s &amp;program combine the updates here</source>
        <translation>允许场景的程序在本机合并更新(&amp;P)</translation>
    </message>
    <message>
        <source>The scenario names a program of its own as the aggregator. It runs here, with your rights, after every round; members do not run it.</source>
        <translation>该场景指定了自己的程序作为聚合器。每轮之后它会以你的权限在本机运行；成员不会运行它。</translation>
    </message>
    <message>
        <source>For a class: members without data of their own get a part of this scenario&apos;s dataset.</source>
        <translation>用于课堂：没有自己数据的成员得到本场景数据集的一部分。</translation>
    </message>
    <message>
        <source>&amp;Open the room</source>
        <translation>开设房间(&amp;O)</translation>
    </message>
    <message>
        <source>Opens the room and shows its ticket. Nothing is trained yet.</source>
        <translation>开设房间并显示其邀请码。此时还不训练。</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Scenario</source>
        <translation>场景(&amp;S)</translation>
    </message>
    <message>
        <source>Training starts</source>
        <translation>训练开始于</translation>
    </message>
    <message>
        <source>when I say so</source>
        <translation>由我决定时</translation>
    </message>
    <message>
        <source>as soon as</source>
        <translation>一旦</translation>
    </message>
    <message>
        <source>As soon as enough members are ready</source>
        <translation>一旦有足够的成员就绪</translation>
    </message>
    <message>
        <source>Members that must be ready</source>
        <translation>必须就绪的成员数</translation>
    </message>
    <message>
        <source>Training starts by itself when so many members are ready.</source>
        <translation>有这么多成员就绪时自动开始训练。</translation>
    </message>
    <message>
        <source>are ready</source>
        <translation>个成员就绪</translation>
    </message>
    <message>
        <source>every interface, port 47110</source>
        <translation>所有接口，端口 47110</translation>
    </message>
    <message>
        <source>Address and port to listen on, such as 192.168.1.20:47110 or [fe80::1]:47110. Empty: every interface.</source>
        <translation>监听的地址和端口，例如 192.168.1.20:47110 或 [fe80::1]:47110。留空：所有接口。</translation>
    </message>
    <message>
        <source>How many machines may join with one ticket.</source>
        <translation>一个邀请码可供多少台机器加入。</translation>
    </message>
    <message numerus="yes">
        <source>%n hour(s)</source>
        <translation>
            <numerusform>%n 小时</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n day(s)</source>
        <translation>
            <numerusform>%n 天</numerusform>
        </translation>
    </message>
    <message>
        <source>After this time nobody new gets in with the ticket; members stay.</source>
        <translation>过了这段时间，新来者不能再凭此邀请码进入；已有成员不受影响。</translation>
    </message>
    <message>
        <source>&amp;Listen on</source>
        <translation>监听(&amp;L)</translation>
    </message>
    <message>
        <source>Ticket for</source>
        <translation>邀请码可供</translation>
    </message>
    <message>
        <source>Ticket &amp;valid for</source>
        <translation>邀请码有效期(&amp;V)</translation>
    </message>
    <message>
        <source>Machines that may use the ticket</source>
        <translation>可使用邀请码的机器数</translation>
    </message>
    <message>
        <source> machines</source>
        <translation> 台机器</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Another file…</source>
        <translation>其他文件…</translation>
    </message>
    <message>
        <source>Choose a scenario</source>
        <translation>选择场景</translation>
    </message>
    <message>
        <source>Scenarios (*.json *.fedscn);;All files (*)</source>
        <translation>场景 (*.json *.fedscn);;所有文件 (*)</translation>
    </message>
    <message>
        <source>without a name</source>
        <translation>未命名</translation>
    </message>
    <message numerus="yes">
        <source>%1, LoRA rank %2, %n round(s)</source>
        <translation>
            <numerusform>%1，LoRA 秩 %2，%n 轮</numerusform>
        </translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>正在开设…</translation>
    </message>
    <message>
        <source>Listen on: expected an address and a port such as 192.168.1.20:47110, got “%1”.</source>
        <translation>监听：应为 192.168.1.20:47110 这样的地址和端口，而不是“%1”。</translation>
    </message>
    <message>
        <source>Open in the studio</source>
        <translation>工作室中打开的场景</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::HostView</name>
    <message>
        <source>Rounds done</source>
        <translation>已完成的轮次</translation>
    </message>
    <message>
        <source>&amp;Start training</source>
        <translation>开始训练(&amp;S)</translation>
    </message>
    <message>
        <source>Starts the run with the members that are ready.</source>
        <translation>与已就绪的成员一起开始运行。</translation>
    </message>
    <message>
        <source>&amp;Pause all</source>
        <translation>全部暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Everybody stops after the present local step, until you go on.</source>
        <translation>所有人在当前本地步之后停下，直到您继续。</translation>
    </message>
    <message>
        <source>S&amp;top…</source>
        <translation>停止…(&amp;T)</translation>
    </message>
    <message>
        <source>Ends the run for everybody. Rounds that are done stay.</source>
        <translation>为所有人结束运行。已完成的轮次保留。</translation>
    </message>
    <message>
        <source>Open &amp;run</source>
        <translation>打开运行(&amp;R)</translation>
    </message>
    <message>
        <source>Curves, traffic and tiles of this run, on the Run page.</source>
        <translation>在“运行”页查看本次运行的曲线、通信量和色块。</translation>
    </message>
    <message>
        <source>Pro&amp;jector</source>
        <translation>投影(&amp;J)</translation>
    </message>
    <message>
        <source>Every member as a large tile, to be read from the back row. Esc leaves it.</source>
        <translation>每个成员一个大色块，后排也能看清。按 Esc 退出。</translation>
    </message>
    <message>
        <source>&amp;Invite</source>
        <translation>邀请(&amp;I)</translation>
    </message>
    <message>
        <source>Shows or hides the ticket.</source>
        <translation>显示或隐藏邀请码。</translation>
    </message>
    <message>
        <source>&amp;Close room…</source>
        <translation>关闭房间…(&amp;C)</translation>
    </message>
    <message>
        <source>Ends the room. Members are told.</source>
        <translation>结束房间，并告知成员。</translation>
    </message>
    <message>
        <source>&amp;Doctor…</source>
        <translation>诊断…(&amp;D)</translation>
    </message>
    <message>
        <source>Looks why members do not see or reach this room, and says what to do.</source>
        <translation>查看成员为什么看不到或连不上这个房间，并说明怎么办。</translation>
    </message>
    <message>
        <source>Stop the run</source>
        <translation>停止运行</translation>
    </message>
    <message>
        <source>Training ends for everybody. Every saved round stays, and every member keeps its adapter.</source>
        <translation>所有人的训练结束。已保存的轮次保留，每个成员保留自己的适配器。</translation>
    </message>
    <message>
        <source>Stop and save</source>
        <translation>停止并保存</translation>
    </message>
    <message>
        <source>Close the room</source>
        <translation>关闭房间</translation>
    </message>
    <message>
        <source>Members are told that the room is closed. Opened again under the same name it knows them.</source>
        <translation>成员会得知房间已关闭。用同一名称再次开设时，房间仍认识他们。</translation>
    </message>
    <message>
        <source>Nobody is here yet. Show the code, or hand out the ticket.</source>
        <translation>还没有人。请展示二维码或分发邀请码。</translation>
    </message>
    <message>
        <source>&amp;Remove…</source>
        <translation>移除…(&amp;R)</translation>
    </message>
    <message>
        <source>Cuts the selected member off at once. It cannot come back with this certificate.</source>
        <translation>立即断开选中的成员。它不能再用这张证书回来。</translation>
    </message>
    <message>
        <source>Nobody is ready yet</source>
        <translation>还没有成员就绪</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>继续(&amp;G)</translation>
    </message>
    <message>
        <source>Remove a member</source>
        <translation>移除成员</translation>
    </message>
    <message>
        <source>%1 is cut off at once, its update of this round does not count, and it is refused from now on.</source>
        <translation>%1 会被立即断开，它本轮的更新不计入，此后也会被拒绝。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>S&amp;lot</source>
        <translation>席位(&amp;L)</translation>
    </message>
    <message>
        <source>Gives the selected member another slot of the scenario. Whoever has it takes this member&apos;s.</source>
        <translation>给选中的成员场景中的另一个席位。占有该席位者换到这个成员的席位。</translation>
    </message>
    <message>
        <source>Another slot…</source>
        <translation>其他席位…</translation>
    </message>
    <message>
        <source>Slot</source>
        <translation>席位</translation>
    </message>
    <message>
        <source>The member is to be this client of the scenario:</source>
        <translation>该成员充当场景中的这个客户端：</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ImportPanel</name>
    <message>
        <source>Dataset files</source>
        <translation>数据集文件</translation>
    </message>
    <message>
        <source>JSONL, JSON, CSV or plain text. Files are read in place, in one pass, and never copied.</source>
        <translation>JSONL、JSON、CSV 或纯文本。文件就地一次读完，不会复制。</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>recognise</source>
        <translation>自动识别</translation>
    </message>
    <message>
        <source>How the files are read. Recognised from their names and first bytes unless chosen here.</source>
        <translation>文件的读取方式。除非在这里指定，否则根据文件名和开头的字节识别。</translation>
    </message>
    <message>
        <source>stop at the first</source>
        <translation>遇到第一个就停止</translation>
    </message>
    <message>
        <source>skip and count</source>
        <translation>跳过并计数</translation>
    </message>
    <message>
        <source>What happens to lines that cannot be read or lack a field.</source>
        <translation>如何处理无法读取或缺少字段的行。</translation>
    </message>
    <message>
        <source>Import progress</source>
        <translation>导入进度</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>&amp;Format</source>
        <translation>格式(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Bad lines</source>
        <translation>坏行(&amp;B)</translation>
    </message>
    <message>
        <source>Set the dataset format</source>
        <translation>设置数据集格式</translation>
    </message>
    <message>
        <source>Choose what happens to bad lines</source>
        <translation>选择如何处理坏行</translation>
    </message>
    <message>
        <source>Add dataset files</source>
        <translation>添加数据集文件</translation>
    </message>
    <message>
        <source>Datasets (*.jsonl *.json *.csv *.tsv *.txt);;All files (*)</source>
        <translation>数据集 (*.jsonl *.json *.csv *.tsv *.txt);;所有文件 (*)</translation>
    </message>
    <message numerus="yes">
        <source>Add %n dataset file(s)</source>
        <translation>
            <numerusform>添加 %n 个数据集文件</numerusform>
        </translation>
    </message>
    <message>
        <source>Remove a dataset file</source>
        <translation>移除一个数据集文件</translation>
    </message>
    <message>
        <source>No data yet. Add JSONL, JSON, CSV or text files.</source>
        <translation>还没有数据。请添加 JSONL、JSON、CSV 或文本文件。</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>%1 of %2, %3 records</source>
        <translation>%1 / %2，%3 条记录</translation>
    </message>
    <message>
        <source>Import cancelled. Nothing was kept.</source>
        <translation>导入已取消，没有保留任何内容。</translation>
    </message>
    <message>
        <source>%1 records, %2 fields</source>
        <translation>%1 条记录，%2 个字段</translation>
    </message>
    <message>
        <source>, %1 labels</source>
        <translation>，%1 个标签</translation>
    </message>
    <message>
        <source>. Content hash %1</source>
        <translation>。内容哈希 %1</translation>
    </message>
    <message numerus="yes">
        <source>%n line(s) skipped</source>
        <translation>
            <numerusform>跳过了 %n 行</numerusform>
        </translation>
    </message>
    <message>
        <source>Takes the selected file out of the dataset</source>
        <translation>把选中的文件从数据集中移除</translation>
    </message>
    <message>
        <source>Select a file first</source>
        <translation>请先选择一个文件</translation>
    </message>
    <message>
        <source>, %1 turns</source>
        <translation>，%1 轮对话</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::Inspector</name>
    <message>
        <source>Settings of what is selected</source>
        <translation>所选内容的设置</translation>
    </message>
    <message>
        <source>The other settings of the federation; the count is of those that differ from their defaults</source>
        <translation>联邦的其他设置；数字是与默认值不同的项数</translation>
    </message>
    <message>
        <source>&amp;Clients</source>
        <translation>客户端(&amp;C)</translation>
    </message>
    <message>
        <source>How many clients take part. Each gets its own share of the data.</source>
        <translation>有多少个客户端参加。每个客户端得到自己的一份数据。</translation>
    </message>
    <message>
        <source>R&amp;ounds</source>
        <translation>轮数(&amp;O)</translation>
    </message>
    <message>
        <source>How often the adapter travels to the clients and comes back improved.</source>
        <translation>适配器前往客户端并带着改进返回的次数。</translation>
    </message>
    <message>
        <source>&amp;Learning rate</source>
        <translation>学习率(&amp;L)</translation>
    </message>
    <message>
        <source>The size of each local step. For LoRA 0.0001 to 0.01 is common.</source>
        <translation>每个本地步的大小。LoRA 常用 0.0001 到 0.01。</translation>
    </message>
    <message>
        <source>&amp;Batch size</source>
        <translation>批大小(&amp;B)</translation>
    </message>
    <message>
        <source>Records that one local step looks at.</source>
        <translation>一个本地步所看的记录数。</translation>
    </message>
    <message>
        <source>LoRA ran&amp;k</source>
        <translation>LoRA 秩(&amp;K)</translation>
    </message>
    <message>
        <source>The inner size of the adapter. Twice the rank is twice the bytes that travel.</source>
        <translation>适配器的内部维度。秩加倍，往返的字节也加倍。</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>epochs</source>
        <translation>遍</translation>
    </message>
    <message>
        <source>Unit of the local work</source>
        <translation>本地工作的单位</translation>
    </message>
    <message>
        <source>Steps: the same number for every client. Epochs: each client goes through its own records that often.</source>
        <translation>步：每个客户端的次数相同。遍：每个客户端把自己的记录过那么多遍。</translation>
    </message>
    <message>
        <source>Local &amp;work</source>
        <translation>本地工作(&amp;W)</translation>
    </message>
    <message>
        <source>What a client does in a round before it sends its update.</source>
        <translation>客户端在一轮中发送更新之前所做的工作。</translation>
    </message>
    <message>
        <source>Change local work</source>
        <translation>更改本地工作</translation>
    </message>
    <message>
        <source>Local work</source>
        <translation>本地工作</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>What runs of this scenario are called.</source>
        <translation>这个场景的运行叫什么名字。</translation>
    </message>
    <message>
        <source>Base &amp;model</source>
        <translation>基础模型(&amp;M)</translation>
    </message>
    <message>
        <source>A folder with config.json, tokenizer.json and safetensors, or builtin:NAME for a shipped one.</source>
        <translation>含有 config.json、tokenizer.json 和 safetensors 的文件夹，或用 builtin:名称 表示自带模型。</translation>
    </message>
    <message>
        <source>LoRA &amp;alpha</source>
        <translation>LoRA alpha(&amp;A)</translation>
    </message>
    <message>
        <source>The adapter is scaled by alpha divided by rank.</source>
        <translation>适配器按 alpha 除以秩进行缩放。</translation>
    </message>
    <message>
        <source>LoRA &amp;dropout</source>
        <translation>LoRA 丢弃率(&amp;D)</translation>
    </message>
    <message>
        <source>The share of adapter inputs dropped at random while training.</source>
        <translation>训练时随机丢弃的适配器输入的比例。</translation>
    </message>
    <message>
        <source>&amp;Seed</source>
        <translation>随机种子(&amp;S)</translation>
    </message>
    <message>
        <source>The same scenario and seed give the same adapter, to the last bit.</source>
        <translation>相同的场景和种子得到完全相同的适配器，一位不差。</translation>
    </message>
    <message>
        <source>Codec</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>How an update is written for its journey. What a shorter form loses is kept and sent with the client&apos;s next update.</source>
        <translation>更新在路上的写法。较短写法丢失的部分会留下，随该客户端的下一次更新发送。</translation>
    </message>
    <message>
        <source>f32: 4 bytes a number</source>
        <translation>f32：每个数 4 字节</translation>
    </message>
    <message>
        <source>f16: 2 bytes a number</source>
        <translation>f16：每个数 2 字节</translation>
    </message>
    <message>
        <source>Longest record</source>
        <translation>最长记录</translation>
    </message>
    <message>
        <source>Longer records are cut on the right.</source>
        <translation>更长的记录会在右侧截断。</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Pulls the adapter&apos;s numbers towards zero at each step.</source>
        <translation>每一步都把适配器的数值向零拉近。</translation>
    </message>
    <message>
        <source>Gradient clipping</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>The largest norm a gradient may have; 0 turns clipping off.</source>
        <translation>梯度范数的上限；0 表示不裁剪。</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>The share of a round&apos;s local steps in which the learning rate rises.</source>
        <translation>一轮本地步中学习率上升阶段所占的比例。</translation>
    </message>
    <message>
        <source>Quorum</source>
        <translation>法定比例</translation>
    </message>
    <message>
        <source>The share of the cohort whose updates close a round.</source>
        <translation>收到多大比例参与者的更新就结束一轮。</translation>
    </message>
    <message>
        <source>Deadline of a round</source>
        <translation>一轮的期限</translation>
    </message>
    <message>
        <source>Updates that come later are not used; 0: the round waits for all.</source>
        <translation>更晚到达的更新不再使用；0：这一轮等待所有更新。</translation>
    </message>
    <message>
        <source>s</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Records scored</source>
        <translation>评分的记录数</translation>
    </message>
    <message>
        <source>Held-out records scored for each topic at each evaluation.</source>
        <translation>每次评估时每个主题所评分的留出记录数。</translation>
    </message>
    <message>
        <source>Adapt %1</source>
        <translation>适配 %1</translation>
    </message>
    <message>
        <source>Do not adapt %1</source>
        <translation>不适配 %1</translation>
    </message>
    <message>
        <source>&amp;Target modules</source>
        <translation>目标模块(&amp;T)</translation>
    </message>
    <message>
        <source>The linear layers of the base model that get an adapter.</source>
        <translation>基础模型中得到适配器的线性层。</translation>
    </message>
    <message>
        <source>Cohort</source>
        <translation>参与者</translation>
    </message>
    <message>
        <source>How many clients are chosen for each round; 0: all of them.</source>
        <translation>每轮选择多少个客户端；0：全部。</translation>
    </message>
    <message>
        <source>a round</source>
        <translation>每轮</translation>
    </message>
    <message>
        <source>everybody</source>
        <translation>全体</translation>
    </message>
    <message>
        <source>Shown on the canvas, in curves and tables.</source>
        <translation>显示在画布、曲线和表格中。</translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation>组(&amp;G)</translation>
    </message>
    <message>
        <source>Clients of one group stand together in the outline; empty: none.</source>
        <translation>同组的客户端在大纲中排在一起；留空：不分组。</translation>
    </message>
    <message>
        <source>&amp;Speed</source>
        <translation>速度(&amp;S)</translation>
    </message>
    <message>
        <source>Compared with this computer, for the forecast: 0.5 takes twice as long.</source>
        <translation>与本机相比，用于预测：0.5 表示需要两倍时间。</translation>
    </message>
    <message>
        <source>×</source>
        <translation>×</translation>
    </message>
    <message>
        <source>as this computer</source>
        <translation>与本机相同</translation>
    </message>
    <message>
        <source>Local s&amp;teps</source>
        <translation>本地步数(&amp;T)</translation>
    </message>
    <message>
        <source>This client&apos;s own number of steps a round.</source>
        <translation>这个客户端自己的每轮步数。</translation>
    </message>
    <message>
        <source>as everybody</source>
        <translation>与大家相同</translation>
    </message>
    <message>
        <source>This client&apos;s own learning rate.</source>
        <translation>这个客户端自己的学习率。</translation>
    </message>
    <message>
        <source>Links are used by the forecast and the modelled figures; they slow no run down.</source>
        <translation>链路用于预测和模型估计的数字，不会减慢任何运行。</translation>
    </message>
    <message>
        <source>&amp;Uplink</source>
        <translation>上行(&amp;U)</translation>
    </message>
    <message>
        <source>From the client to the coordinator.</source>
        <translation>从客户端到协调器。</translation>
    </message>
    <message>
        <source>Mbit/s</source>
        <translation>Mbit/s</translation>
    </message>
    <message>
        <source>&amp;Downlink</source>
        <translation>下行(&amp;D)</translation>
    </message>
    <message>
        <source>From the coordinator to the client.</source>
        <translation>从协调器到客户端。</translation>
    </message>
    <message>
        <source>L&amp;atency</source>
        <translation>延迟(&amp;A)</translation>
    </message>
    <message>
        <source>The time until the first byte arrives.</source>
        <translation>第一个字节到达之前的时间。</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>ms</translation>
    </message>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n 个客户端</numerusform>
        </translation>
    </message>
    <message>
        <source>Federation</source>
        <translation>联邦</translation>
    </message>
    <message>
        <source>Link of %1</source>
        <translation>%1 的链路</translation>
    </message>
    <message numerus="yes">
        <source>More settings (%n changed)</source>
        <translation>
            <numerusform>更多设置（%n 项已更改）</numerusform>
        </translation>
    </message>
    <message>
        <source>More settings</source>
        <translation>更多设置</translation>
    </message>
    <message>
        <source>The data decide how many clients there are with this split (Data page)</source>
        <translation>采用这种划分时，客户端数量由数据决定（见“数据”页）</translation>
    </message>
    <message>
        <source>bf16: 2 bytes a number, wide range</source>
        <translation>bf16：每个数 2 字节，范围大</translation>
    </message>
    <message>
        <source>int8: 1 byte a number</source>
        <translation>int8：每个数 1 字节</translation>
    </message>
    <message>
        <source>int4: half a byte a number</source>
        <translation>int4：每个数半字节</translation>
    </message>
    <message>
        <source>top-k: the largest changes</source>
        <translation>top-k：最大的变化</translation>
    </message>
    <message>
        <source>random mask: changes drawn by lot</source>
        <translation>随机掩码：抽签选出的变化</translation>
    </message>
    <message>
        <source>sign: 1 bit a number</source>
        <translation>sign：每个数 1 位</translation>
    </message>
    <message>
        <source>Part sent</source>
        <translation>发送比例</translation>
    </message>
    <message>
        <source>The part of the numbers that top-k and random mask send in a round.</source>
        <translation>top-k 与随机掩码每轮发送的数所占的比例。</translation>
    </message>
    <message>
        <source>Codec down</source>
        <translation>下行编码</translation>
    </message>
    <message>
        <source>How a version is written on its way to the clients. Top-k sends the largest numbers alone: clients start from those, and the coordinator keeps the others (FLASC).</source>
        <translation>版本发往客户端时的写法。top-k 只发送最大的数：客户端从这些数开始，其余的由协调者保留（FLASC）。</translation>
    </message>
    <message>
        <source>top-k: the largest numbers</source>
        <translation>top-k：最大的数</translation>
    </message>
    <message>
        <source>Part that comes down</source>
        <translation>下发的部分</translation>
    </message>
    <message>
        <source>The part of the numbers that a version coded top-k carries.</source>
        <translation>以 top-k 编码的版本所带的数的比例。</translation>
    </message>
    <message>
        <source>as the updates, else f16</source>
        <translation>与更新相同，否则 f16</translation>
    </message>
    <message>
        <source>Clients&apos; optimizer</source>
        <translation>客户端优化器</translation>
    </message>
    <message>
        <source>What turns a client&apos;s gradients into steps. It begins anew in every round.

AdamW adapts the step of every number and is usual for LoRA; SGD takes the gradient as it is, which control variates (SCAFFOLD) assume.</source>
        <translation>把客户端的梯度变成步长的方式。每一轮都重新开始。

AdamW 为每个数值调整步长，LoRA 通常用它；SGD 直接使用梯度，控制变量（SCAFFOLD）以此为前提。</translation>
    </message>
    <message>
        <source>AdamW</source>
        <translation>AdamW</translation>
    </message>
    <message>
        <source>SGD</source>
        <translation>SGD</translation>
    </message>
    <message>
        <source>SGD&apos;s momentum</source>
        <translation>SGD 的动量</translation>
    </message>
    <message>
        <source>How much of the last step goes into the next one.</source>
        <translation>上一步有多少进入下一步。</translation>
    </message>
    <message>
        <source>Reference lines</source>
        <translation>参考线</translation>
    </message>
    <message>
        <source>Also train every client alone, and all data in one place, to compare the federation with.

Both train for as many steps as the federation does, so a run takes two to three times as long. Only a simulation has all data at hand; a room cannot.</source>
        <translation>另外让每个客户端单独训练，并把所有数据放在一处训练，以便与联邦比较。

两者的步数都与联邦相同，因此运行时间是原来的两到三倍。只有模拟才有全部数据；房间做不到。</translation>
    </message>
    <message>
        <source>The inner size of this client&apos;s adapter, at most the federation&apos;s.

A smaller rank costs a weak machine less memory and fewer bytes; the method must be one that mixes ranks.</source>
        <translation>这个客户端的适配器的内部大小，最多等于联邦的。

较小的秩让较弱的机器少用内存和字节；方法必须能混合不同的秩。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::InvitePanel</name>
    <message>
        <source>Invite</source>
        <translation>邀请</translation>
    </message>
    <message>
        <source>Ticket</source>
        <translation>邀请码</translation>
    </message>
    <message>
        <source>Whoever has this text can ask to join. Hand it only to those whom you invite.</source>
        <translation>有这段文字的人都可以请求加入。请只交给您邀请的人。</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>Puts the ticket on the clipboard.</source>
        <translation>把邀请码放到剪贴板。</translation>
    </message>
    <message>
        <source>Sa&amp;ve…</source>
        <translation>保存…(&amp;V)</translation>
    </message>
    <message>
        <source>Writes the ticket into a file, to be carried on a stick.</source>
        <translation>把邀请码写入文件，可用 U 盘携带。</translation>
    </message>
    <message>
        <source>New &amp;ticket</source>
        <translation>新的邀请码(&amp;T)</translation>
    </message>
    <message>
        <source>Makes a new ticket; the old one ends. Members stay.</source>
        <translation>生成新的邀请码，旧的随即失效。已有成员不受影响。</translation>
    </message>
    <message>
        <source>No ticket is valid.</source>
        <translation>没有有效的邀请码。</translation>
    </message>
    <message>
        <source>The ticket has expired. Make a new one to invite more.</source>
        <translation>邀请码已过期。要再邀请请生成新的。</translation>
    </message>
    <message>
        <source>The ticket is used up. Make a new one to invite more.</source>
        <translation>邀请码已用完。要再邀请请生成新的。</translation>
    </message>
    <message>
        <source>Valid for %1 and %2.</source>
        <translation>有效期还有 %1，可供%2。</translation>
    </message>
    <message numerus="yes">
        <source>%n more machine(s)</source>
        <translation>
            <numerusform>另外 %n 台机器</numerusform>
        </translation>
    </message>
    <message>
        <source>Listening on %1</source>
        <translation>监听 %1</translation>
    </message>
    <message>
        <source>Not in the lists of this network: %1</source>
        <translation>不在本网络的列表中：%1</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>已复制。</translation>
    </message>
    <message>
        <source>Save the ticket</source>
        <translation>保存邀请码</translation>
    </message>
    <message>
        <source>Tickets (*.fedticket)</source>
        <translation>邀请码 (*.fedticket)</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>已保存。</translation>
    </message>
    <message>
        <source>The ticket was not saved: %1</source>
        <translation>邀请码没有保存：%1</translation>
    </message>
    <message>
        <source>Not shown in the lists of this network.</source>
        <translation>没有显示在本网络的列表中。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::JoinForm</name>
    <message>
        <source>&amp;Join</source>
        <translation>加入(&amp;J)</translation>
    </message>
    <message>
        <source>Asks to be let in. Nothing runs and nothing leaves this machine before you agree to it.</source>
        <translation>请求进入。在您同意之前，什么都不会运行，什么都不会离开本机。</translation>
    </message>
    <message>
        <source>Connection &amp;doctor…</source>
        <translation>连接诊断…(&amp;D)</translation>
    </message>
    <message>
        <source>Looks why a room is not seen or not reached, and says what to do.</source>
        <translation>查看为什么看不到或连不上房间，并说明怎么办。</translation>
    </message>
    <message>
        <source>Rooms on this network</source>
        <translation>本网络上的房间</translation>
    </message>
    <message>
        <source>Rooms that announce themselves on this network. A room that you belong to is joined without a ticket.</source>
        <translation>在本网络上公布自己的房间。您所属的房间不需要邀请码即可加入。</translation>
    </message>
    <message>
        <source>Ticket or address</source>
        <translation>邀请码或地址</translation>
    </message>
    <message>
        <source>fedllm1…, or an address such as 192.168.1.20:47110</source>
        <translation>fedllm1…，或 192.168.1.20:47110 这样的地址</translation>
    </message>
    <message>
        <source>Paste the ticket that the host of the room gave you, or drop the file that it is in. An address alone is enough for a room that you belong to.</source>
        <translation>粘贴房间主持方给您的邀请码，或把邀请码文件拖到这里。对于您所属的房间，只要地址就够了。</translation>
    </message>
    <message>
        <source>&amp;Ticket or address</source>
        <translation>邀请码或地址(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
        <source>Takes what is on the clipboard.</source>
        <translation>取用剪贴板上的内容。</translation>
    </message>
    <message>
        <source>From a &amp;file…</source>
        <translation>来自文件…(&amp;F)</translation>
    </message>
    <message>
        <source>Reads the ticket from a file, such as one on a USB stick.</source>
        <translation>从文件读取邀请码，例如 U 盘上的文件。</translation>
    </message>
    <message>
        <source>Choose the file with the ticket</source>
        <translation>选择邀请码文件</translation>
    </message>
    <message>
        <source>Tickets (*.fedticket *.txt);;All files (*)</source>
        <translation>邀请码 (*.fedticket *.txt);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Under this name the host sees this machine.</source>
        <translation>主持方以这个名称看到本机。</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>The data files to take part with. They are read in place and never sent.</source>
        <translation>用来参加的数据文件。就地读取，绝不发送。</translation>
    </message>
    <message>
        <source>Choose data files</source>
        <translation>选择数据文件</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Choose the data after joining.</source>
        <translation>加入之后再选择数据。</translation>
    </message>
    <message>
        <source>Choose your data</source>
        <translation>选择您的数据</translation>
    </message>
    <message>
        <source>Datasets (*.jsonl *.json *.csv *.tsv *.txt);;All files (*)</source>
        <translation>数据集 (*.jsonl *.json *.csv *.tsv *.txt);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Your &amp;name</source>
        <translation>您的名称(&amp;N)</translation>
    </message>
    <message>
        <source>Your data</source>
        <translation>您的数据</translation>
    </message>
    <message>
        <source>Rooms cannot be listed here: %1
Everything else works: paste the ticket or its address below.</source>
        <translation>这里无法列出房间：%1
其他一切正常：请在下面粘贴邀请码或地址。</translation>
    </message>
    <message>
        <source>Looking for rooms on this network…</source>
        <translation>正在本网络上寻找房间…</translation>
    </message>
    <message>
        <source>No room is announced on this network. A ticket works without this list.</source>
        <translation>本网络上没有公布的房间。没有这个列表也可以使用邀请码。</translation>
    </message>
    <message>
        <source>Joining…</source>
        <translation>正在加入…</translation>
    </message>
    <message>
        <source>There is no ticket in %1: expected a text that begins with fedllm1.</source>
        <translation>%1 中没有邀请码：应为以 fedllm1 开头的文字。</translation>
    </message>
    <message>
        <source>can be chosen after joining</source>
        <translation>可以在加入之后选择</translation>
    </message>
    <message>
        <source>This is neither a ticket (it begins with fedllm1) nor an address such as 192.168.1.20:47110.</source>
        <translation>这既不是邀请码（以 fedllm1 开头），也不是 192.168.1.20:47110 这样的地址。</translation>
    </message>
    <message>
        <source>“%1” takes a ticket: ask %2 for it and paste it here.</source>
        <translation>“%1”需要邀请码：请向 %2 索取并粘贴到这里。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LabLink</name>
    <message>
        <source>This core was built without the lab.</source>
        <translation>这个核心程序在构建时没有包含实验室。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LegendStrip</name>
    <message>
        <source>Legend: %1</source>
        <translation>图例：%1</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LiveCanvas</name>
    <message>
        <source>Federation now</source>
        <translation>联邦现状</translation>
    </message>
    <message>
        <source>The coordinator and its clients: who trains and how far, who has sent its update, who waits or sat out. Arrow keys choose a client, Ctrl+T shows the table.</source>
        <translation>协调器及其客户端：谁在训练、进度如何，谁已发送更新，谁在等待或未参加。方向键选择客户端，Ctrl+T 显示表格。</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>coordinator</source>
        <translation>协调器</translation>
    </message>
    <message>
        <source>Round %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>%1: %2, %3 of %4 steps; this round %5 up, %6 down</source>
        <translation>%1：%2，%3 / %4 步；本轮上行 %5，下行 %6</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::LossPlot</name>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Band</source>
        <translation>带状</translation>
    </message>
    <message>
        <source>Band and median instead of lines (B)</source>
        <translation>用带状和中位数代替曲线 (B)</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>Logarithmic axis (L)</source>
        <translation>对数坐标轴 (L)</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Smoothing: off, 0.6, 0.9 (M)</source>
        <translation>平滑：关、0.6、0.9 (M)</translation>
    </message>
    <message>
        <source>Smooth %1</source>
        <translation>平滑 %1</translation>
    </message>
    <message>
        <source>loss, EMA %1 debiased</source>
        <translation>损失，EMA %1 已去偏</translation>
    </message>
    <message>
        <source>loss, not smoothed</source>
        <translation>损失，未平滑</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>global, held out</source>
        <translation>全局，留出</translation>
    </message>
    <message>
        <source>held out</source>
        <translation>留出</translation>
    </message>
    <message>
        <source>No local step yet</source>
        <translation>还没有本地步</translation>
    </message>
    <message>
        <source>%1, previous run</source>
        <translation>%1，上一次运行</translation>
    </message>
    <message>
        <source>global, previous run</source>
        <translation>全局，上一次运行</translation>
    </message>
    <message>
        <source>previous</source>
        <translation>上一次</translation>
    </message>
    <message>
        <source>Loss per client, no points yet.</source>
        <translation>每个客户端的损失，还没有数据点。</translation>
    </message>
    <message>
        <source>falling</source>
        <translation>下降</translation>
    </message>
    <message>
        <source>rising</source>
        <translation>上升</translation>
    </message>
    <message>
        <source>level</source>
        <translation>持平</translation>
    </message>
    <message numerus="yes">
        <source>Loss per client, %n client(s), rounds 0 to %1.</source>
        <translation>
            <numerusform>每个客户端的损失，%n 个客户端，第 0 轮到第 %1 轮。</numerusform>
        </translation>
    </message>
    <message>
        <source>Median %1 to %2, %3. Highest: %4 at %5. Global held-out loss %6.</source>
        <translation>中位数从 %1 到 %2，%3。最高：%4，为 %5。全局留出损失 %6。</translation>
    </message>
    <message>
        <source>round %1: held out %2</source>
        <translation>第 %1 轮：留出 %2</translation>
    </message>
    <message>
        <source>, %1 %2</source>
        <translation>，%1 %2</translation>
    </message>
    <message>
        <source>References</source>
        <translation>参照</translation>
    </message>
    <message>
        <source>Base, local-only and centralised as horizontal lines (R)</source>
        <translation>以水平线显示基础模型、仅本地和集中训练（R）</translation>
    </message>
    <message>
        <source>%1 %2.</source>
        <comment>a reference and its loss</comment>
        <translation>%1 %2。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::MainWindow</name>
    <message>
        <source>The home %1 lies on a network file system, so the record of runs is kept in %2 on this computer.</source>
        <translation>主目录 %1 位于网络文件系统上，因此运行记录保存在本机的 %2。</translation>
    </message>
    <message>
        <source>%1[*] – FedLLM Studio</source>
        <translation>%1[*] – FedLLM 工作室</translation>
    </message>
    <message>
        <source>The run did not start: %1</source>
        <translation>运行没有开始：%1</translation>
    </message>
    <message>
        <source>This core was built without its training module, so runs cannot start.</source>
        <translation>这个核心程序没有编译训练模块，因此无法开始运行。</translation>
    </message>
    <message>
        <source>The core is not answering; it is being started again. Rounds that were saved are safe.</source>
        <translation>核心程序没有应答，正在重新启动。已保存的轮次是安全的。</translation>
    </message>
    <message>
        <source>fedllm %1 works in this home (process %2, since %3). Wait until it ends, or end it with Ctrl+C in its terminal; this window then connects by itself.</source>
        <translation>fedllm %1 正在使用这个主目录（进程 %2，开始于 %3）。请等它结束，或在它的终端里按 Ctrl+C 结束它；之后本窗口会自动连接。</translation>
    </message>
    <message>
        <source>This run was interrupted after round %1 of %2. Nothing that was saved is lost.</source>
        <translation>这次运行在第 %1 轮（共 %2 轮）之后中断。已保存的内容没有丢失。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>New scenario</source>
        <translation>新建场景</translation>
    </message>
    <message>
        <source>Open a scenario</source>
        <translation>打开场景</translation>
    </message>
    <message>
        <source>Scenarios (*.json *.fedscn);;All files (*)</source>
        <translation>场景 (*.json *.fedscn);;所有文件 (*)</translation>
    </message>
    <message>
        <source>%1 cannot be opened: %2</source>
        <translation>无法打开 %1：%2</translation>
    </message>
    <message>
        <source>Save the scenario</source>
        <translation>保存场景</translation>
    </message>
    <message>
        <source>Scenarios (*.json *.fedscn)</source>
        <translation>场景 (*.json *.fedscn)</translation>
    </message>
    <message>
        <source>The scenario was not saved: %1</source>
        <translation>场景没有保存：%1</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Unsaved scenario</source>
        <translation>未保存的场景</translation>
    </message>
    <message>
        <source>Save the changes to “%1”?</source>
        <translation>要保存对“%1”的修改吗？</translation>
    </message>
    <message numerus="yes">
        <source>Recovered the unsaved scenario “%1” (%n edit(s)).</source>
        <translation>
            <numerusform>找回了未保存的场景“%1”（%n 处编辑）。</numerusform>
        </translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>Only scenarios (.json, .fedscn) and data files (.jsonl, .json, .csv, .txt) can be dropped here</source>
        <translation>这里只能放入场景 (.json, .fedscn) 和数据文件 (.jsonl, .json, .csv, .txt)</translation>
    </message>
    <message>
        <source>Drop to open this scenario</source>
        <translation>松开以打开这个场景</translation>
    </message>
    <message numerus="yes">
        <source>Drop to use %n file(s) as the dataset</source>
        <translation>
            <numerusform>松开以把 %n 个文件用作数据集</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Use %n file(s) as the dataset</source>
        <translation>
            <numerusform>把 %n 个文件用作数据集</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::MemberView</name>
    <message>
        <source>Fetch</source>
        <translation>获取</translation>
    </message>
    <message>
        <source>Your data</source>
        <translation>您的数据</translation>
    </message>
    <message>
        <source>Agree</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Change my &amp;data…</source>
        <translation>更改我的数据…(&amp;D)</translation>
    </message>
    <message>
        <source>Other files or other columns.</source>
        <translation>其他文件或其他列。</translation>
    </message>
    <message>
        <source>&amp;Leave…</source>
        <translation>离开…(&amp;L)</translation>
    </message>
    <message>
        <source>Ends this machine&apos;s part. The room goes on without it, and you may come back.</source>
        <translation>结束本机的参与。房间会继续，您也可以再回来。</translation>
    </message>
    <message>
        <source>&amp;Doctor…</source>
        <translation>诊断…(&amp;D)</translation>
    </message>
    <message>
        <source>Looks why the host is not reached, and says what to do.</source>
        <translation>查看为什么连不上主持方，并说明怎么办。</translation>
    </message>
    <message>
        <source>The host&apos;s screen shows the same code. If it shows another one, do not go on.</source>
        <translation>主持方的屏幕上显示同样的码。如果不同，请不要继续。</translation>
    </message>
    <message>
        <source>Fetched</source>
        <translation>已获取</translation>
    </message>
    <message>
        <source>Fetching what this machine lacks</source>
        <translation>正在获取本机缺少的内容</translation>
    </message>
    <message>
        <source>Joining a room</source>
        <translation>正在加入房间</translation>
    </message>
    <message>
        <source>hosted by %1, %2</source>
        <translation>主持方 %1，%2</translation>
    </message>
    <message>
        <source>&amp;Back to the question</source>
        <translation>回到询问(&amp;B)</translation>
    </message>
    <message>
        <source>Waiting until the host admits this machine.</source>
        <translation>正在等待主持方准入本机。</translation>
    </message>
    <message>
        <source>Connecting to %1…</source>
        <translation>正在连接 %1…</translation>
    </message>
    <message>
        <source>Check code %1</source>
        <translation>核对码 %1</translation>
    </message>
    <message>
        <source>The scenario and, if it is not here yet, the base model. Both stay for the next time.</source>
        <translation>场景，以及本机还没有的基础模型。两者都会留到下次使用。</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>You left this room. What was trained until then stays.</source>
        <translation>您离开了这个房间。此前训练的成果保留。</translation>
    </message>
    <message>
        <source>The host removed this machine from the room.</source>
        <translation>主持方把本机移出了房间。</translation>
    </message>
    <message>
        <source>The host did not admit this machine.</source>
        <translation>主持方没有准入本机。</translation>
    </message>
    <message>
        <source>Left this machine: %1.</source>
        <translation>离开本机的内容：%1。</translation>
    </message>
    <message>
        <source>Data files can be chosen once the room&apos;s contract is here, and before training.</source>
        <translation>收到房间的约定之后、训练之前，可以选择数据文件。</translation>
    </message>
    <message>
        <source>Leave the room</source>
        <translation>离开房间</translation>
    </message>
    <message>
        <source>This machine stops training for the room. Its adapter and its runs stay here, and it may come back without a ticket.</source>
        <translation>本机停止为房间训练。它的适配器和运行留在这里，并且可以不用邀请码再回来。</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>离开</translation>
    </message>
    <message>
        <source>Join</source>
        <translation>加入</translation>
    </message>
    <message>
        <source>&amp;Forget this room</source>
        <translation>忘记这个房间(&amp;F)</translation>
    </message>
    <message>
        <source>Takes this room off the page. Adapters and runs stay; joining it again takes a ticket.</source>
        <translation>把这个房间从页面上去掉。适配器和运行保留；再次加入需要邀请码。</translation>
    </message>
    <message>
        <source>Join a&amp;gain</source>
        <translation>再次加入(&amp;G)</translation>
    </message>
    <message>
        <source>Comes back to this room with the same data, without a ticket. You are asked again before anything is trained.</source>
        <translation>用同样的数据回到这个房间，不需要邀请码。训练之前会再次询问您。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::MembersTable</name>
    <message>
        <source>Members of the room</source>
        <translation>房间成员</translation>
    </message>
    <message>
        <source>One row a member. Whoever asks to join stands on top with the check code that is also on its own screen.</source>
        <translation>每行一个成员。请求加入者排在最前，核对码也显示在它自己的屏幕上。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::MethodPopup</name>
    <message>
        <source>&amp;Use this method</source>
        <translation>使用这个方法(&amp;U)</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Methods by family</source>
        <translation>按类别排列的方法</translation>
    </message>
    <message>
        <source>How the coordinator combines what clients send. Arrow keys move, Enter chooses, Escape leaves it as it was.</source>
        <translation>协调器如何合并客户端发送的内容。方向键移动，回车选择，Esc 保持原样。</translation>
    </message>
    <message>
        <source>shows adapters</source>
        <translation>公开适配器</translation>
    </message>
    <message>
        <source>B stays</source>
        <translation>B 不外传</translation>
    </message>
    <message>
        <source>twice the work</source>
        <translation>工作量加倍</translation>
    </message>
    <message>
        <source>A program of mine…</source>
        <translation>我自己的程序…</translation>
    </message>
    <message>
        <source>Your own</source>
        <translation>您自己的</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::OutlineModel</name>
    <message>
        <source>Coordinator</source>
        <translation>协调器</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>链路</translation>
    </message>
    <message numerus="yes">
        <source>%n round(s)</source>
        <translation>
            <numerusform>%n 轮</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n 个客户端</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 / %2 Mbit/s, %3 ms</source>
        <translation>%1 / %2 Mbit/s，%3 ms</translation>
    </message>
    <message>
        <source>speed %1×</source>
        <translation>速度 %1×</translation>
    </message>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n 步</numerusform>
        </translation>
    </message>
    <message>
        <source>rate %1</source>
        <translation>学习率 %1</translation>
    </message>
    <message>
        <source>Up and down, latency: %1</source>
        <translation>上行与下行、延迟：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n problem(s)</source>
        <translation>
            <numerusform>%n 个问题</numerusform>
        </translation>
    </message>
    <message>
        <source>Federation</source>
        <translation>联邦</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>自己的设置</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PartitionModel</name>
    <message>
        <source>all records</source>
        <translation>全部记录</translation>
    </message>
    <message>
        <source>%1 has %2 % %3</source>
        <translation>%1 的 %2 % 是 %3</translation>
    </message>
    <message>
        <source>No split yet.</source>
        <translation>还没有划分。</translation>
    </message>
    <message numerus="yes">
        <source>%n client(s)</source>
        <translation>
            <numerusform>%n 个客户端</numerusform>
        </translation>
    </message>
    <message>
        <source>, %1 labels, %2 records held out. Label skew %3, size skew %4. %5</source>
        <translation>，%1 个标签，留出 %2 条记录。标签偏斜 %3，规模偏斜 %4。%5</translation>
    </message>
    <message>
        <source>held out</source>
        <translation>留出</translation>
    </message>
    <message>
        <source>records</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PartitionPanel</name>
    <message>
        <source>IID (shuffled, equal)</source>
        <translation>独立同分布（打乱、均分）</translation>
    </message>
    <message>
        <source>Dirichlet over labels</source>
        <translation>按标签的 Dirichlet</translation>
    </message>
    <message>
        <source>by column (one value, one client)</source>
        <translation>按列（每个取值一个客户端）</translation>
    </message>
    <message>
        <source>by file (one file, one client)</source>
        <translation>按文件（每个文件一个客户端）</translation>
    </message>
    <message>
        <source>quantity skew</source>
        <translation>数量偏斜</translation>
    </message>
    <message>
        <source>How the training records are split between clients.</source>
        <translation>训练记录如何在客户端之间划分。</translation>
    </message>
    <message>
        <source>How many clients share the records. By column and by file, the data decide.</source>
        <translation>由多少个客户端分享记录。按列和按文件划分时由数据决定。</translation>
    </message>
    <message>
        <source>Dirichlet alpha, logarithmic</source>
        <translation>Dirichlet alpha，对数刻度</translation>
    </message>
    <message>
        <source>Small alpha: each client holds few labels. Large alpha: all clients look alike.</source>
        <translation>alpha 小：每个客户端只有少数标签。alpha 大：所有客户端都相似。</translation>
    </message>
    <message>
        <source>Dirichlet alpha</source>
        <translation>Dirichlet alpha</translation>
    </message>
    <message>
        <source>The field whose values become the clients.</source>
        <translation>其取值成为客户端的字段。</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Give every client records of this many labels only (pathological skew).</source>
        <translation>只给每个客户端这么多个标签的记录（极端偏斜）。</translation>
    </message>
    <message>
        <source>The same seed gives the same split, the same adapter, on every machine.</source>
        <translation>相同的种子在任何机器上都得到相同的划分、相同的适配器。</translation>
    </message>
    <message>
        <source>Roll</source>
        <translation>换一个</translation>
    </message>
    <message>
        <source>Another random seed</source>
        <translation>另取一个随机种子</translation>
    </message>
    <message>
        <source>&amp;Method</source>
        <translation>方法(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Clients</source>
        <translation>客户端(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Alpha</source>
        <translation>Alpha(&amp;A)</translation>
    </message>
    <message>
        <source>C&amp;olumn</source>
        <translation>列(&amp;O)</translation>
    </message>
    <message>
        <source>La&amp;bels each</source>
        <translation>每端标签数(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Seed</source>
        <translation>随机种子(&amp;S)</translation>
    </message>
    <message>
        <source>Set the number of clients</source>
        <translation>设置客户端数量</translation>
    </message>
    <message>
        <source>Set alpha</source>
        <translation>设置 alpha</translation>
    </message>
    <message>
        <source>Choose the client column</source>
        <translation>选择客户端所在的列</translation>
    </message>
    <message>
        <source>Set the labels of each client</source>
        <translation>设置每个客户端的标签数</translation>
    </message>
    <message>
        <source>Set the seed</source>
        <translation>设置随机种子</translation>
    </message>
    <message>
        <source>Choose the split</source>
        <translation>选择划分方法</translation>
    </message>
    <message>
        <source>The data decide how many clients there are.</source>
        <translation>客户端数量由数据决定。</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Dirichlet needs a label field: choose one below.</source>
        <translation>Dirichlet 需要标签字段：请在下面选择。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PicturePanel</name>
    <message>
        <source>Table</source>
        <translation>表格</translation>
    </message>
    <message>
        <source>Show as table (Ctrl+T)</source>
        <translation>显示为表格 (Ctrl+T)</translation>
    </message>
    <message>
        <source>Show %1 as table</source>
        <translation>把%1显示为表格</translation>
    </message>
    <message>
        <source>%1, as table</source>
        <translation>%1，表格</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PlotView</name>
    <message>
        <source>Show as table</source>
        <translation>显示为表格</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适合窗口</translation>
    </message>
    <message>
        <source>Copy image</source>
        <translation>复制图像</translation>
    </message>
    <message>
        <source>Save as PNG…</source>
        <translation>保存为 PNG…</translation>
    </message>
    <message>
        <source>Save picture</source>
        <translation>保存图片</translation>
    </message>
    <message>
        <source>Save as SVG…</source>
        <translation>保存为 SVG…</translation>
    </message>
    <message>
        <source>Save data as CSV…</source>
        <translation>把数据保存为 CSV…</translation>
    </message>
    <message>
        <source>Save data</source>
        <translation>保存数据</translation>
    </message>
    <message>
        <source>The file %1 could not be written.</source>
        <translation>无法写入文件 %1。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ProblemList</name>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Problems of this scenario. Errors keep it from running, warnings do not. Enter goes to the setting.</source>
        <translation>这个场景的问题。错误使它不能运行，警告不会。按 Enter 键转到相应设置。</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Error. %1</source>
        <translation>错误。%1</translation>
    </message>
    <message>
        <source>Warning. %1</source>
        <translation>警告。%1</translation>
    </message>
    <message>
        <source>No problems</source>
        <translation>没有问题</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::Projector</name>
    <message>
        <source>Projector</source>
        <translation>投影</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>房间</translation>
    </message>
    <message>
        <source>round %1</source>
        <translation>第 %1 轮</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::PromptPanel</name>
    <message>
        <source>recognise from the fields</source>
        <translation>根据字段识别</translation>
    </message>
    <message>
        <source>instruction and response</source>
        <translation>指令与回答</translation>
    </message>
    <message>
        <source>question and answer</source>
        <translation>问题与答案</translation>
    </message>
    <message>
        <source>plain text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>my own</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation>提示模板</translation>
    </message>
    <message>
        <source>Text before the response, with {field} in place of a field&apos;s value. Masked from the loss.</source>
        <translation>回答之前的文本，用 {字段名} 代表字段的值。不计入损失。</translation>
    </message>
    <message>
        <source>Response template</source>
        <translation>回答模板</translation>
    </message>
    <message>
        <source>Text that the model learns to write, with {field} in place of a field&apos;s value.</source>
        <translation>模型要学会写出的文本，用 {字段名} 代表字段的值。</translation>
    </message>
    <message>
        <source>The field whose values are the labels (topics): what Dirichlet splits and the tiles go by.</source>
        <translation>其取值为标签（主题）的字段：Dirichlet 按它划分，方格也按它排列。</translation>
    </message>
    <message>
        <source>Records held out for the global evaluation before anything is split between clients.</source>
        <translation>在划分给客户端之前，先留出用于全局评估的记录。</translation>
    </message>
    <message>
        <source>&amp;Template</source>
        <translation>模板(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Prompt</source>
        <translation>提示(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Response</source>
        <translation>回答(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Label</source>
        <translation>标签(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Held out</source>
        <translation>留出(&amp;H)</translation>
    </message>
    <message>
        <source>Choose the label field</source>
        <translation>选择标签字段</translation>
    </message>
    <message>
        <source>Set the held-out share</source>
        <translation>设置留出比例</translation>
    </message>
    <message>
        <source>Record to preview</source>
        <translation>要预览的记录</translation>
    </message>
    <message>
        <source>Which record is shown as the model will see it.</source>
        <translation>按模型将看到的样子显示哪一条记录。</translation>
    </message>
    <message>
        <source>Record as the model sees it</source>
        <translation>模型所见的记录</translation>
    </message>
    <message>
        <source>Record &amp;as the model sees it</source>
        <translation>模型所见的记录(&amp;A)</translation>
    </message>
    <message>
        <source>Change the prompt template</source>
        <translation>更改提示模板</translation>
    </message>
    <message>
        <source>Choose &quot;my own&quot; above to edit it.</source>
        <translation>在上面选择“自定义”即可编辑。</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>This scenario names its own held-out files.</source>
        <translation>这个场景指定了自己的留出文件。</translation>
    </message>
    <message>
        <source>no such record</source>
        <translation>没有这条记录</translation>
    </message>
    <message>
        <source>%1 tokens; loss on the underlined part only</source>
        <translation>%1 个词元；只有下划线部分计入损失</translation>
    </message>
    <message>
        <source>; cut at the maximum length</source>
        <translation>；已按最大长度截断</translation>
    </message>
    <message>
        <source>; label %1</source>
        <translation>；标签 %1</translation>
    </message>
    <message>
        <source>Masked prompt: %1. Response: %2</source>
        <translation>不计损失的提示：%1。回答：%2</translation>
    </message>
    <message>
        <source>System text</source>
        <translation>系统文本</translation>
    </message>
    <message>
        <source>What stands before the first question of records that bring no system turn of their own. Masked from the loss.</source>
        <translation>放在第一个问题之前的文本，用于自身没有系统轮次的记录。不计入损失。</translation>
    </message>
    <message>
        <source>S&amp;ystem</source>
        <translation>系统(&amp;Y)</translation>
    </message>
    <message>
        <source>prompt and completion</source>
        <translation>提示与补全</translation>
    </message>
    <message>
        <source>turns, as they are</source>
        <translation>各轮次，原样</translation>
    </message>
    <message>
        <source>How the fields of a record become one text. The loss counts only the response. Below the line: prompt formats for conversations (messages, ShareGPT) and single questions, as the models&apos; own chat templates write them.</source>
        <translation>一条记录的各个字段如何组成一段文本。损失只计算回答部分。横线以下是用于对话（messages、ShareGPT）和单个问题的提示格式，与各模型自带的聊天模板一致。</translation>
    </message>
    <message>
        <source>%1 tokens, loss on %2 of them, the underlined part</source>
        <translation>%1 个词元，其中 %2 个计入损失（带下划线的部分）</translation>
    </message>
    <message>
        <source>%1 tokens; nothing to learn: the prompt fills the maximum length</source>
        <translation>%1 个词元；没有可学习的内容：提示占满了最大长度</translation>
    </message>
    <message>
        <source>%1 (this base model&apos;s)</source>
        <translation>%1（此基础模型的格式）</translation>
    </message>
    <message>
        <source>Base model&apos;s own format: %1; %2</source>
        <translation>基础模型自己的格式：%1；%2</translation>
    </message>
    <message>
        <source>Careful: %1</source>
        <translation>注意：%1</translation>
    </message>
    <message numerus="yes">
        <source>; %n turn(s)</source>
        <translation>
            <numerusform>；%n 轮</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>fedllm::ui::QrView</name>
    <message>
        <source>Ticket as a QR code</source>
        <translation>邀请码的二维码</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ReadinessView</name>
    <message>
        <source>Your data against the room&apos;s contract</source>
        <translation>您的数据与房间的约定</translation>
    </message>
    <message>
        <source>As the base model sees it</source>
        <translation>基础模型看到的样子</translation>
    </message>
    <message>
        <source>A few records of yours after the room&apos;s template. They stay on this machine.</source>
        <translation>您的几条记录，按房间的模板呈现。它们留在本机。</translation>
    </message>
    <message>
        <source>%1 records to train on</source>
        <translation>%1 条训练记录</translation>
    </message>
    <message>
        <source>%1 held out</source>
        <translation>%1 条留出</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个词元</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Hint</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>This data can take part.</source>
        <translation>这些数据可以参加。</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>Labels: %1</source>
        <translation>标签：%1</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RecentTable</name>
    <message>
        <source>today, %1</source>
        <translation>今天 %1</translation>
    </message>
    <message>
        <source>yesterday, %1</source>
        <translation>昨天 %1</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>%1, %2 of %3 rounds</source>
        <translation>%1，%2 / %3 轮</translation>
    </message>
    <message>
        <source>, loss %1 → %2</source>
        <translation>，损失 %1 → %2</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>not there any more</source>
        <translation>已经不在了</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Nothing yet: run the sample above.</source>
        <translation>还没有内容：请运行上面的示例。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RoomMemberModel</name>
    <message>
        <source>%1 · %2</source>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>Last heard of %1</source>
        <translation>最后消息：%1</translation>
    </message>
    <message>
        <source>%1 to train on, %2 held out</source>
        <translation>%1 条用于训练，%2 条留出</translation>
    </message>
    <message>
        <source>%1 at %2</source>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>Check code</source>
        <translation>核对码</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Slot</source>
        <translation>席位</translation>
    </message>
    <message>
        <source>Records</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>Round trip</source>
        <translation>往返时间</translation>
    </message>
    <message>
        <source>Mbit/s up</source>
        <translation>上行 Mbit/s</translation>
    </message>
    <message>
        <source>Mbit/s down</source>
        <translation>下行 Mbit/s</translation>
    </message>
    <message>
        <source>Cores</source>
        <translation>核心</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>时钟</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>The name that the member gave itself</source>
        <translation>成员给自己取的名称</translation>
    </message>
    <message>
        <source>The same eight characters stand on the member&apos;s screen</source>
        <translation>成员的屏幕上有同样的八个字符</translation>
    </message>
    <message>
        <source>What the member does, and when it was last heard of if that is a while ago</source>
        <translation>成员在做什么；若已有一阵没有消息，则显示多久之前</translation>
    </message>
    <message>
        <source>Records that the member trains on</source>
        <translation>成员用于训练的记录</translation>
    </message>
    <message>
        <source>Payload bytes of updates that came from the member</source>
        <translation>从成员收到的更新的有效载荷字节</translation>
    </message>
    <message>
        <source>Payload bytes of versions, scenario and base model that the member was sent</source>
        <translation>发给成员的版本、场景和基础模型的有效载荷字节</translation>
    </message>
    <message>
        <source>Time for a short message there and back</source>
        <translation>一条短消息往返所用的时间</translation>
    </message>
    <message>
        <source>Measured from the member to here, in megabits per second</source>
        <translation>从成员到这里的实测速度，每秒兆比特</translation>
    </message>
    <message>
        <source>Measured from here to the member, in megabits per second</source>
        <translation>从这里到成员的实测速度，每秒兆比特</translation>
    </message>
    <message>
        <source>Processor cores of the member&apos;s machine</source>
        <translation>成员机器的处理器核心数</translation>
    </message>
    <message>
        <source>Memory of the member&apos;s machine</source>
        <translation>成员机器的内存</translation>
    </message>
    <message>
        <source>The member&apos;s clock against this one</source>
        <translation>成员的时钟与本机时钟之差</translation>
    </message>
    <message>
        <source>Version of the member&apos;s program</source>
        <translation>成员的程序版本</translation>
    </message>
    <message>
        <source>%1, last heard of %2</source>
        <translation>%1，最后消息 %2</translation>
    </message>
    <message>
        <source>slot %1</source>
        <translation>席位 %1</translation>
    </message>
    <message numerus="yes">
        <source>%n core(s), %1</source>
        <translation>
            <numerusform>%n 个核心，%1</numerusform>
        </translation>
    </message>
    <message>
        <source>round trip %1</source>
        <translation>往返 %1</translation>
    </message>
    <message>
        <source>%1 Mbit/s up, %2 down</source>
        <translation>上行 %1 Mbit/s，下行 %2</translation>
    </message>
    <message>
        <source>sent %1, received %2</source>
        <translation>已发送 %1，已接收 %2</translation>
    </message>
    <message>
        <source>clock %1</source>
        <translation>时钟 %1</translation>
    </message>
    <message>
        <source>version %1</source>
        <translation>版本 %1</translation>
    </message>
    <message>
        <source>gentle</source>
        <translation>温和模式</translation>
    </message>
    <message>
        <source>Which client of the scenario the member is. Another one is given by dragging the row, or by the button Slot.</source>
        <translation>该成员是场景中的哪个客户端。拖动这一行或用“席位”按钮可以更换。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RunHeader</name>
    <message>
        <source>Rounds done</source>
        <translation>已完成的轮次</translation>
    </message>
    <message>
        <source>Age of the newest figure on this page</source>
        <translation>本页最新数字的时间</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Pauses within one local step, or goes on after the last saved round.</source>
        <translation>在一个本地步之内暂停，或从最后保存的一轮继续。</translation>
    </message>
    <message>
        <source>Stop and save…</source>
        <translation>停止并保存…</translation>
    </message>
    <message>
        <source>Ends the run. What was saved stays and can be resumed, unless the run is abandoned.</source>
        <translation>结束运行。已保存的内容会保留并可继续，除非放弃这次运行。</translation>
    </message>
    <message>
        <source>%1 (run %2)</source>
        <translation>%1（运行 %2）</translation>
    </message>
    <message>
        <source>Round %1/%2</source>
        <translation>第 %1/%2 轮</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Resume the run</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Pause the run</source>
        <translation>暂停运行</translation>
    </message>
    <message>
        <source>Stop and save the run</source>
        <translation>停止并保存运行</translation>
    </message>
    <message>
        <source>Against the previous run (drawn faintly): %1</source>
        <translation>与上一次运行（淡色）相比：%1</translation>
    </message>
    <message>
        <source>Stop the run</source>
        <translation>停止运行</translation>
    </message>
    <message>
        <source>Every saved round stays. A stopped run can be resumed later; an abandoned one cannot.</source>
        <translation>每个已保存的轮次都会保留。停止的运行以后可以继续，放弃的则不能。</translation>
    </message>
    <message>
        <source>Stop and save</source>
        <translation>停止并保存</translation>
    </message>
    <message>
        <source>Abandon</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Canvas, clients and events show the round under the round cursor. This goes back to the newest (Escape on a plot).</source>
        <translation>画布、客户端和事件显示轮次光标所在的那一轮。点此回到最新（在图上按 Escape）。</translation>
    </message>
    <message>
        <source>Round %1 shown: back to live</source>
        <translation>正在显示第 %1 轮：回到实时</translation>
    </message>
    <message>
        <source>Pausing…</source>
        <translation>正在暂停…</translation>
    </message>
    <message>
        <source>Resuming…</source>
        <translation>正在继续…</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>正在停止…</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RunPlot</name>
    <message>
        <source>Left and right move the round cursor, Escape goes back to live, up and down choose the client. S shows one client alone, H hides it, B switches band and lines, L the logarithmic axis, M the smoothing, R the reference lines, Ctrl+T the table.</source>
        <translation>左右键移动轮次光标，Escape 回到实时，上下键选择客户端。S 只显示一个客户端，H 隐藏它，B 切换带状图与曲线，L 切换对数轴，M 切换平滑，R 切换参照线，Ctrl+T 显示表格。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::RunView</name>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>The core has not answered for %1 s; the figures may be old.</source>
        <translation>核心程序已 %1 秒没有应答；这些数字可能已过时。</translation>
    </message>
    <message>
        <source>No run yet: a scenario that is started shows its curves here.</source>
        <translation>还没有运行：场景启动后会在这里显示曲线。</translation>
    </message>
    <message>
        <source>Go to the scenario</source>
        <translation>前往场景</translation>
    </message>
    <message>
        <source>Communication</source>
        <translation>通信</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>Details of the run</source>
        <translation>运行详情</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>误差</translation>
    </message>
    <message>
        <source>Updates</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>Time per round</source>
        <translation>每轮时间</translation>
    </message>
    <message>
        <source>Aggregation error</source>
        <translation>聚合误差</translation>
    </message>
    <message>
        <source>Update norm, cosine and drift of every client</source>
        <translation>每个客户端的更新范数、余弦和偏离</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ScenarioDocument</name>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ScenarioEditor</name>
    <message>
        <source>Add client %1</source>
        <translation>添加客户端 %1</translation>
    </message>
    <message>
        <source>Duplicate %1</source>
        <translation>复制%1</translation>
    </message>
    <message numerus="yes">
        <source>Duplicate %n client(s)</source>
        <translation>
            <numerusform>复制 %n 个客户端</numerusform>
        </translation>
    </message>
    <message>
        <source>Delete %1</source>
        <translation>删除%1</translation>
    </message>
    <message numerus="yes">
        <source>Delete %n client(s)</source>
        <translation>
            <numerusform>删除 %n 个客户端</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Group %n client(s)</source>
        <translation>
            <numerusform>把 %n 个客户端分组</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Ungroup %n client(s)</source>
        <translation>
            <numerusform>取消 %n 个客户端的分组</numerusform>
        </translation>
    </message>
    <message>
        <source>Rename the scenario</source>
        <translation>重命名场景</translation>
    </message>
    <message>
        <source>Rename %1</source>
        <translation>重命名%1</translation>
    </message>
    <message numerus="yes">
        <source>Move %n node(s)</source>
        <translation>
            <numerusform>移动 %n 个节点</numerusform>
        </translation>
    </message>
    <message>
        <source>Move the coordinator</source>
        <translation>移动协调器</translation>
    </message>
    <message>
        <source>Move %1</source>
        <translation>移动%1</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ScoreBar</name>
    <message>
        <source>Exact match</source>
        <translation>精确匹配</translation>
    </message>
    <message>
        <source>%1, 95 % interval %2 to %3</source>
        <translation>%1，95 % 区间 %2 到 %3</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ScoreCard</name>
    <message>
        <source>On your data</source>
        <translation>在您的数据上</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>Trained alone</source>
        <translation>单独训练</translation>
    </message>
    <message>
        <source>Trained together</source>
        <translation>共同训练</translation>
    </message>
    <message>
        <source>Train &amp;alone to compare</source>
        <translation>单独训练以作比较(&amp;A)</translation>
    </message>
    <message>
        <source>Trains an adapter on this machine with your data only, for the same number of steps. Nothing is sent.</source>
        <translation>在本机只用您的数据训练一个适配器，步数相同。什么都不会发送。</translation>
    </message>
    <message>
        <source>Training alone</source>
        <translation>单独训练中</translation>
    </message>
    <message>
        <source>%1 exact (%2 to %3), loss %4</source>
        <translation>精确匹配 %1（%2 到 %3），损失 %4</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>未测量</translation>
    </message>
    <message>
        <source>training…</source>
        <translation>训练中…</translation>
    </message>
    <message>
        <source>not trained yet</source>
        <translation>尚未训练</translation>
    </message>
    <message>
        <source>Measured on %1 of your records that nobody trained on, with 95 % intervals.</source>
        <translation>在您的 %1 条无人用于训练的记录上测量，带 95 % 区间。</translation>
    </message>
    <message>
        <source>You held out fewer than %1 records, too few to measure on.</source>
        <translation>您留出的记录少于 %1 条，太少而无法测量。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::SettingsButton</name>
    <message>
        <source>How answers are drawn</source>
        <translation>回答如何抽取</translation>
    </message>
    <message>
        <source>Greedy always takes the likeliest token. With a temperature tokens are drawn, the same ones for the same seed.</source>
        <translation>贪心解码总是取最可能的词元。设了温度就抽取词元，种子相同则抽取的词元相同。</translation>
    </message>
    <message>
        <source>0 (greedy)</source>
        <translation>0（贪心）</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>0 always takes the likeliest token; above it, tokens are drawn.</source>
        <translation>0 总是取最可能的词元；大于 0 时抽取词元。</translation>
    </message>
    <message>
        <source>Top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Draws from that many of the likeliest tokens.</source>
        <translation>只从这么多个最可能的词元中抽取。</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Draws from the likeliest tokens that together are this probable.</source>
        <translation>只从概率之和达到此值的最可能的词元中抽取。</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>The same seed draws the same answer.</source>
        <translation>种子相同，抽取的回答就相同。</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>1 is none; above it, what was said becomes less likely.</source>
        <translation>1 为不惩罚；大于 1 时，说过的词元变得更不可能。</translation>
    </message>
    <message>
        <source>New tokens at most</source>
        <translation>新词元上限</translation>
    </message>
    <message>
        <source>An answer ends here at the latest.</source>
        <translation>回答最迟到此为止。</translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation>停止于</translation>
    </message>
    <message>
        <source>Ends the answer before this text; | between several, \n for a line break.</source>
        <translation>回答在此文本之前结束；多个之间用 | 分隔，换行写作 \n。</translation>
    </message>
    <message>
        <source>Back to greedy</source>
        <translation>恢复贪心</translation>
    </message>
    <message>
        <source>Only with a temperature above 0.</source>
        <translation>仅在温度大于 0 时有效。</translation>
    </message>
    <message>
        <source>Temperature %1 ▾</source>
        <translation>温度 %1 ▾</translation>
    </message>
    <message>
        <source>Greedy ▾</source>
        <translation>贪心 ▾</translation>
    </message>
    <message>
        <source>temperature %1</source>
        <translation>温度 %1</translation>
    </message>
    <message>
        <source>the likeliest token each time</source>
        <translation>每次取最可能的词元</translation>
    </message>
    <message>
        <source>top-k %1</source>
        <translation>top-k %1</translation>
    </message>
    <message>
        <source>top-p %1</source>
        <translation>top-p %1</translation>
    </message>
    <message>
        <source>seed %1</source>
        <translation>种子 %1</translation>
    </message>
    <message>
        <source>repetition penalty %1</source>
        <translation>重复惩罚 %1</translation>
    </message>
    <message>
        <source>at most %1 new tokens</source>
        <translation>最多 %1 个新词元</translation>
    </message>
    <message>
        <source>stops at %1</source>
        <translation>停止于 %1</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ShellMenus</name>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;New scenario</source>
        <translation>新建场景(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>打开最近的(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation>另存为(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Nothing opened yet</source>
        <translation>还没有打开过</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>As the desktop</source>
        <translation>跟随桌面</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>高对比度</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>重置布局(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Run this scenario</source>
        <translation>运行这个场景(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Stop and save</source>
        <translation>停止并保存(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Keep running after log-out</source>
        <translation>注销后继续运行(&amp;K)</translation>
    </message>
    <message>
        <source>Off: logging out pauses the run after its present step. On: it goes on without you.</source>
        <translation>关：注销时在当前一步之后暂停运行。开：没有你它也会继续。</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;What is this?</source>
        <translation>这是什么？(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;About FedLLM Studio</source>
        <translation>关于 FedLLM 工作室(&amp;A)</translation>
    </message>
    <message>
        <source>About FedLLM Studio</source>
        <translation>关于 FedLLM 工作室</translation>
    </message>
    <message>
        <source>&lt;h3&gt;FedLLM Studio %1&lt;/h3&gt;&lt;p&gt;Learn, design and run federated fine-tuning of language models.&lt;/p&gt;&lt;p&gt;Free software under the GNU General Public License, version 3 or later.&lt;/p&gt;</source>
        <translation>&lt;h3&gt;FedLLM 工作室 %1&lt;/h3&gt;&lt;p&gt;学习、设计并运行语言模型的联邦微调。&lt;/p&gt;&lt;p&gt;自由软件，遵循 GNU 通用公共许可证第 3 版或更新版本。&lt;/p&gt;</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>继续(&amp;R)</translation>
    </message>
    <message>
        <source>No run is going on or paused</source>
        <translation>没有正在进行或暂停的运行</translation>
    </message>
    <message>
        <source>Rounds that are done stay, and the run can be resumed</source>
        <translation>已完成的轮次会保留，运行可以继续</translation>
    </message>
    <message>
        <source>No run is going on</source>
        <translation>没有正在进行的运行</translation>
    </message>
    <message>
        <source>The scenario has problems; the Scenario page lists them</source>
        <translation>场景有问题，“场景”页中列出了它们</translation>
    </message>
    <message>
        <source>Reduce &amp;motion</source>
        <translation>减少动态效果(&amp;M)</translation>
    </message>
    <message>
        <source>No messages travel on the canvas of the Run page</source>
        <translation>运行页的画布上不显示移动的消息</translation>
    </message>
    <message>
        <source>Next pane</source>
        <translation>下一个窗格</translation>
    </message>
    <message>
        <source>Previous pane</source>
        <translation>上一个窗格</translation>
    </message>
    <message>
        <source>Open the menu</source>
        <translation>打开菜单</translation>
    </message>
    <message>
        <source>Lab</source>
        <translation>实验室</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::ShortcutSheet</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Type to search</source>
        <translation>输入以搜索</translation>
    </message>
    <message>
        <source>Search shortcuts</source>
        <translation>搜索快捷键</translation>
    </message>
    <message>
        <source>Shows only the shortcuts whose text or keys contain these words.</source>
        <translation>只显示文字或按键中包含这些词的快捷键。</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>What</source>
        <translation>作用</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Scenario</source>
        <translation>场景</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Next or previous node</source>
        <translation>下一个或上一个节点</translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation>Tab、Shift+Tab</translation>
    </message>
    <message>
        <source>Go to the neighbour in that direction</source>
        <translation>转到该方向的相邻节点</translation>
    </message>
    <message>
        <source>Arrow keys</source>
        <translation>方向键</translation>
    </message>
    <message>
        <source>Move the selected nodes</source>
        <translation>移动所选节点</translation>
    </message>
    <message>
        <source>Ctrl+Arrow keys</source>
        <translation>Ctrl+方向键</translation>
    </message>
    <message>
        <source>Add a client</source>
        <translation>添加客户端</translation>
    </message>
    <message>
        <source>Ins or A</source>
        <translation>Ins 或 A</translation>
    </message>
    <message>
        <source>Delete the selected clients</source>
        <translation>删除所选客户端</translation>
    </message>
    <message>
        <source>Del</source>
        <translation>Del</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>F2</source>
        <translation>F2</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Ctrl+D</source>
        <translation>Ctrl+D</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>分组</translation>
    </message>
    <message>
        <source>Ctrl+G</source>
        <translation>Ctrl+G</translation>
    </message>
    <message>
        <source>Select or deselect</source>
        <translation>选择或取消选择</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>Go to the settings of the node</source>
        <translation>转到节点的设置</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>Zoom in, zoom out, fit</source>
        <translation>放大、缩小、适合窗口</translation>
    </message>
    <message>
        <source>+, -, F</source>
        <translation>+、-、F</translation>
    </message>
    <message>
        <source>Previous or next round</source>
        <translation>上一轮或下一轮</translation>
    </message>
    <message>
        <source>Left, Right</source>
        <translation>左、右</translation>
    </message>
    <message>
        <source>Other client</source>
        <translation>其他客户端</translation>
    </message>
    <message>
        <source>Up, Down</source>
        <translation>上、下</translation>
    </message>
    <message>
        <source>Show as table</source>
        <translation>显示为表格</translation>
    </message>
    <message>
        <source>Ctrl+T</source>
        <translation>Ctrl+T</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Ungroup</source>
        <translation>取消分组</translation>
    </message>
    <message>
        <source>Ctrl+Shift+G</source>
        <translation>Ctrl+Shift+G</translation>
    </message>
    <message>
        <source>Select all clients</source>
        <translation>选择所有客户端</translation>
    </message>
    <message>
        <source>Ctrl+A</source>
        <translation>Ctrl+A</translation>
    </message>
    <message>
        <source>Go from cell to cell</source>
        <translation>在单元格之间移动</translation>
    </message>
    <message>
        <source>First client, held-out records</source>
        <translation>第一个客户端、留出的记录</translation>
    </message>
    <message>
        <source>Home, End</source>
        <translation>Home、End</translation>
    </message>
    <message>
        <source>Back to the newest round</source>
        <translation>回到最新一轮</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Enter, Ctrl+Enter</source>
        <translation>Enter、Ctrl+Enter</translation>
    </message>
    <message>
        <source>Stop the answers</source>
        <translation>停止回答</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::SlotStrip</name>
    <message>
        <source>Slots of the scenario</source>
        <translation>场景的席位</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::StatusLine</name>
    <message>
        <source>Starting the run…</source>
        <translation>正在启动运行…</translation>
    </message>
    <message>
        <source>Round %1 of %2</source>
        <translation>第 %1 轮，共 %2 轮</translation>
    </message>
    <message>
        <source>%1 · paused</source>
        <translation>%1 · 已暂停</translation>
    </message>
    <message>
        <source>%1 · interrupted</source>
        <translation>%1 · 已中断</translation>
    </message>
    <message>
        <source>%1 · failed</source>
        <translation>%1 · 失败</translation>
    </message>
    <message>
        <source>%1 · done</source>
        <translation>%1 · 已完成</translation>
    </message>
    <message>
        <source>%1 · %2 left</source>
        <translation>%1 · 还需 %2</translation>
    </message>
    <message>
        <source>Core: %1</source>
        <translation>核心程序：%1</translation>
    </message>
    <message>
        <source>Core: CPU %1 %, %2</source>
        <translation>核心程序：CPU %1 %，%2</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::Stepper</name>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Ended at step %1 of %2: %3</source>
        <translation>在第 %1 步（共 %2 步）结束：%3</translation>
    </message>
    <message>
        <source>Step %1 of %2: %3</source>
        <translation>第 %1 步，共 %2 步：%3</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::StrategySection</name>
    <message>
        <source>Strateg&amp;y</source>
        <translation>策略(&amp;Y)</translation>
    </message>
    <message>
        <source>How the coordinator combines what clients send: opens all methods by family.

The card below says what the chosen one means for this scenario: the bytes that travel, whether the result is exact, who sees what, what a client keeps, and what it excludes.</source>
        <translation>协调器如何合并客户端发送的内容：打开按类别排列的所有方法。

下面的卡片说明所选方法对本场景意味着什么：传输多少字节、结果是否精确、谁看到什么、客户端保留什么，以及它排除什么。</translation>
    </message>
    <message>
        <source>Strategy: %1</source>
        <translation>策略：%1</translation>
    </message>
    <message>
        <source>mine.py</source>
        <translation>mine.py</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Change the program</source>
        <translation>更改程序</translation>
    </message>
    <message>
        <source>The program that combines a round&apos;s adapters.

It is called once a round with a folder that holds what the clients sent, as PEFT adapters, and writes the result beside them. A path is relative to the scenario&apos;s file.</source>
        <translation>合并一轮适配器的程序。

每一轮调用一次，给它一个文件夹，其中是客户端以 PEFT 适配器形式发送的内容，它把结果写在旁边。路径相对于场景文件。</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>&amp;Program</source>
        <translation>程序(&amp;P)</translation>
    </message>
    <message>
        <source>FedProx mu</source>
        <translation>FedProx mu</translation>
    </message>
    <message>
        <source>Pulls each client back towards the shared adapter while it trains; 0 turns it off.</source>
        <translation>训练时把每个客户端拉回共享的适配器；0 表示关闭。</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Control variates</source>
        <translation>控制变量</translation>
    </message>
    <message>
        <source>SCAFFOLD: every client corrects its gradients by how its own direction differs from the others&apos;.

The correction travels with every update and version, so both are twice as large, and a client keeps its own from round to round. It is exact for SGD without momentum and a heuristic for other optimizers.</source>
        <translation>SCAFFOLD：每个客户端按自己的方向与其他客户端的差异修正梯度。

修正量随每次更新和每个版本传输，因此两者都加倍，客户端在各轮之间保留自己的一份。对不带动量的 SGD 它是精确的，对其他优化器是启发式做法。</translation>
    </message>
    <message>
        <source>Coordinator&apos;s optimizer</source>
        <translation>协调器的优化器</translation>
    </message>
    <message>
        <source>What the coordinator does with the averaged change: take it as it is, keep momentum (FedAvgM), or give every number a step size of its own (FedAdagrad, FedAdam, FedYogi).</source>
        <translation>协调器如何处理平均后的变化：直接采用、保留动量（FedAvgM），或给每个数值自己的步长（FedAdagrad、FedAdam、FedYogi）。</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>momentum: FedAvgM</source>
        <translation>动量：FedAvgM</translation>
    </message>
    <message>
        <source>adaptive: FedAdagrad</source>
        <translation>自适应：FedAdagrad</translation>
    </message>
    <message>
        <source>adaptive: FedAdam</source>
        <translation>自适应：FedAdam</translation>
    </message>
    <message>
        <source>adaptive: FedYogi</source>
        <translation>自适应：FedYogi</translation>
    </message>
    <message>
        <source>Coordinator&apos;s rate</source>
        <translation>协调器的学习率</translation>
    </message>
    <message>
        <source>How much of the averaged change is applied.</source>
        <translation>平均后的变化采用多少。</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>动量</translation>
    </message>
    <message>
        <source>How much of the last change is kept (FedAvgM only).</source>
        <translation>上一次变化保留多少（仅 FedAvgM）。</translation>
    </message>
    <message>
        <source>Beta 1</source>
        <translation>Beta 1</translation>
    </message>
    <message>
        <source>How much of the mean change so far is kept.</source>
        <translation>到目前为止的平均变化保留多少。</translation>
    </message>
    <message>
        <source>Beta 2</source>
        <translation>Beta 2</translation>
    </message>
    <message>
        <source>How much of the mean squared change so far is kept.</source>
        <translation>到目前为止的平均平方变化保留多少。</translation>
    </message>
    <message>
        <source>Tau</source>
        <translation>Tau</translation>
    </message>
    <message>
        <source>The smallest change that counts as one: a larger tau makes steps more alike.</source>
        <translation>算作变化的最小值：tau 越大，各步越相近。</translation>
    </message>
    <message>
        <source>%1 or more; empty is %2.</source>
        <translation>%1 或更大；留空为 %2。</translation>
    </message>
    <message>
        <source>From %1 to %2; empty is %3.</source>
        <translation>%1 到 %2；留空为 %3。</translation>
    </message>
    <message>
        <source>Choose %1</source>
        <translation>选择 %1</translation>
    </message>
    <message>
        <source>Choose a program</source>
        <translation>选择程序</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::SummaryCard</name>
    <message>
        <source>Adapter folder</source>
        <translation>适配器文件夹</translation>
    </message>
    <message>
        <source>Opens the folder with adapter_config.json and adapter_model.safetensors.</source>
        <translation>打开含有 adapter_config.json 和 adapter_model.safetensors 的文件夹。</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>Asks the base model, a client&apos;s own adapter and the global adapter the same question.</source>
        <translation>向基础模型、一个客户端自己的适配器和全局适配器提同一个问题。</translation>
    </message>
    <message>
        <source>Duplicate and change one thing…</source>
        <translation>复制并只改一处…</translation>
    </message>
    <message>
        <source>Starts the next run with one field changed and this run drawn faintly behind it.</source>
        <translation>改变一个字段开始下一次运行，这一次淡淡地画在背景里。</translation>
    </message>
    <message>
        <source>held-out loss %1 → %2</source>
        <translation>留出损失 %1 → %2</translation>
    </message>
    <message>
        <source>exact %1 → %2</source>
        <translation>精确匹配 %1 → %2</translation>
    </message>
    <message>
        <source>%1 up, %2 down</source>
        <translation>上行 %1，下行 %2</translation>
    </message>
    <message>
        <source>The folder %1 is gone.</source>
        <translation>文件夹 %1 已不存在。</translation>
    </message>
    <message>
        <source>No program shows folders here; the adapter is in %1.</source>
        <translation>此处没有可显示文件夹的程序；适配器位于 %1。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::SweepDialog</name>
    <message>
        <source>Sweep</source>
        <translation>扫描</translation>
    </message>
    <message>
        <source>Save as &amp;file…</source>
        <translation>存为文件(&amp;F)…</translation>
    </message>
    <message>
        <source>Writes the experiment for the command line: fedllm sweep FILE goes on with the same runs</source>
        <translation>写出供命令行使用的实验：fedllm sweep FILE 会接着同样的运行继续</translation>
    </message>
    <message>
        <source>Save &amp;CSV…</source>
        <translation>存为 CSV(&amp;C)…</translation>
    </message>
    <message>
        <source>Stop after &amp;this run</source>
        <translation>本次运行后停止(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>开始(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Methods</source>
        <translation>方法(&amp;M)</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Each ticked method is a combination; its own parameters have their usual values.</source>
        <translation>每种勾选的方法是一个组合；它自己的参数取通常值。</translation>
    </message>
    <message>
        <source>S&amp;eeds</source>
        <translation>种子(&amp;E)</translation>
    </message>
    <message>
        <source>Whole numbers, parted by commas. Results show the median and the range over them.</source>
        <translation>整数，用逗号分隔。结果给出它们的中位数和范围。</translation>
    </message>
    <message>
        <source>&amp;Learning rates</source>
        <translation>学习率(&amp;L)</translation>
    </message>
    <message>
        <source>Each combination tries all of them on the first seed and takes its best for the others. Empty: the scenario&apos;s.</source>
        <translation>每个组合在第一个种子上试遍所有学习率，其余种子用其中最好的。留空则用方案的。</translation>
    </message>
    <message>
        <source>the scenario&apos;s</source>
        <translation>方案的</translation>
    </message>
    <message>
        <source>One more field</source>
        <translation>另一个字段</translation>
    </message>
    <message>
        <source>A field of the scenario that takes several values, each with each method.</source>
        <translation>方案中取多个值的一个字段，每个值与每种方法组合。</translation>
    </message>
    <message>
        <source>&amp;One more field</source>
        <translation>另一个字段(&amp;O)</translation>
    </message>
    <message>
        <source>its &amp;values</source>
        <translation>它的取值(&amp;V)</translation>
    </message>
    <message>
        <source>Parted by commas, as in the scenario file.</source>
        <translation>用逗号分隔，写法同方案文件。</translation>
    </message>
    <message>
        <source>Runs of the sweep</source>
        <translation>扫描的运行</translation>
    </message>
    <message>
        <source>combination</source>
        <translation>组合</translation>
    </message>
    <message>
        <source>seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>state</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>held-out loss</source>
        <translation>留出集损失</translation>
    </message>
    <message>
        <source>exact match</source>
        <translation>完全匹配</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Results by combination</source>
        <translation>按组合的结果</translation>
    </message>
    <message>
        <source>Median (lowest – highest) over the seeds, at the end of the runs</source>
        <translation>运行结束时各种子的中位数（最低 – 最高）</translation>
    </message>
    <message>
        <source>Double-click looks at the run</source>
        <translation>双击查看该运行</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n combination(s)</source>
        <translation>
            <numerusform>%n 个组合中的 %1 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n run(s)</source>
        <translation>
            <numerusform>，%n 次运行</numerusform>
        </translation>
    </message>
    <message>
        <source>; counting what they cost…</source>
        <translation>；正在计算开销…</translation>
    </message>
    <message>
        <source>; %1 up, %2 down</source>
        <translation>；上行 %1，下行 %2</translation>
    </message>
    <message>
        <source>; %1</source>
        <translation>；%1</translation>
    </message>
    <message>
        <source>; how long is known after the first run</source>
        <translation>；时长在第一次运行后可知</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Learning rates</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>取值</translation>
    </message>
    <message numerus="yes">
        <source>Leave out %n combination(s) that cannot run</source>
        <translation>
            <numerusform>略去 %n 个不能运行的组合</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2 runs done</source>
        <translation>%2 次运行中已完成 %1 次</translation>
    </message>
    <message>
        <source>, %1 of them failed</source>
        <translation>，其中 %1 次失败</translation>
    </message>
    <message>
        <source>; stops after this run</source>
        <translation>；本次运行后停止</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>round %1 of %2</source>
        <translation>第 %1 / %2 轮</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>done, another rate was better</source>
        <translation>完成，另一个学习率更好</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>failed: %1</source>
        <translation>失败：%1</translation>
    </message>
    <message>
        <source>the best</source>
        <translation>最好的</translation>
    </message>
    <message>
        <source> (%1 failed)</source>
        <translation>（%1 次失败）</translation>
    </message>
    <message>
        <source>Save the runs</source>
        <translation>保存运行</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>%1 cannot be written</source>
        <translation>无法写入 %1</translation>
    </message>
    <message>
        <source>Save the experiment</source>
        <translation>保存实验</translation>
    </message>
    <message>
        <source>JSON (*.json)</source>
        <translation>JSON (*.json)</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TableTwin</name>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TakingPart</name>
    <message>
        <source>Rounds done</source>
        <translation>已完成的轮次</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Stops this machine&apos;s part after the present local step. The room goes on without it.</source>
        <translation>在当前本地步之后停止本机的部分。房间会继续。</translation>
    </message>
    <message>
        <source>Open &amp;run</source>
        <translation>打开运行(&amp;R)</translation>
    </message>
    <message>
        <source>Your own losses and the global ones, on the Run page.</source>
        <translation>在“运行”页查看您自己的损失和全局损失。</translation>
    </message>
    <message>
        <source>What left this machine</source>
        <translation>什么离开了本机</translation>
    </message>
    <message>
        <source>How this machine takes part</source>
        <translation>本机如何参加</translation>
    </message>
    <message>
        <source> Mbit/s</source>
        <translation> Mbit/s</translation>
    </message>
    <message>
        <source>not limited</source>
        <translation>不限制</translation>
    </message>
    <message>
        <source>Limit for sending</source>
        <translation>发送限速</translation>
    </message>
    <message>
        <source>Updates are sent no faster than this. 0: as fast as the network takes them.</source>
        <translation>更新的发送不超过此速度。0：网络能多快就多快。</translation>
    </message>
    <message>
        <source>&amp;Gentle: half the cores, lowest priority</source>
        <translation>温和：一半核心，最低优先级(&amp;G)</translation>
    </message>
    <message>
        <source>Leaves the machine quick for other work; rounds take longer.</source>
        <translation>让机器在其他工作中保持流畅；每轮会更久。</translation>
    </message>
    <message>
        <source>Send at &amp;most</source>
        <translation>发送不超过(&amp;M)</translation>
    </message>
    <message>
        <source>%1, round %2 of %3</source>
        <translation>%1，第 %2 轮，共 %3 轮</translation>
    </message>
    <message>
        <source>Host last heard of %1</source>
        <translation>主持方最后消息：%1</translation>
    </message>
    <message>
        <source>your slot is %1</source>
        <translation>您的席位是 %1</translation>
    </message>
    <message>
        <source>&amp;Go on</source>
        <translation>继续(&amp;G)</translation>
    </message>
    <message>
        <source>%1 of messages in all, before encryption</source>
        <translation>消息共 %1，未计加密</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TargetBoxes</name>
    <message>
        <source>Adapt the layers named %1</source>
        <translation>适配名为 %1 的层</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TileGrid</name>
    <message>
        <source>Exact match, adapter by topic</source>
        <translation>按适配器和主题的精确匹配</translation>
    </message>
    <message>
        <source>Share of held-out records answered word for word, for the base model, the global adapter after each round and each client&apos;s own adapter. The line under a figure is its 95 % interval. Arrow keys move, Ctrl+T shows the table.</source>
        <translation>留出记录中逐字答对的比例：基础模型、每轮之后的全局适配器，以及每个客户端自己的适配器。数字下面的线是 95 % 区间。方向键移动，Ctrl+T 显示表格。</translation>
    </message>
    <message>
        <source>No exact match measured yet.</source>
        <translation>还没有测量精确匹配。</translation>
    </message>
    <message>
        <source>global r%1</source>
        <translation>全局 第%1轮</translation>
    </message>
    <message>
        <source>Exact match appears when the base model has been evaluated.</source>
        <translation>评估基础模型之后会出现精确匹配。</translation>
    </message>
    <message>
        <source>n %1</source>
        <translation>n %1</translation>
    </message>
    <message>
        <source> (%1)</source>
        <comment>the previous run&apos;s share</comment>
        <translation>（%1）</translation>
    </message>
    <message>
        <source>; previous run %1</source>
        <translation>；上一次运行 %1</translation>
    </message>
    <message>
        <source>Held-out figures, client by adapter</source>
        <translation>按客户端和适配器的留出数据结果</translation>
    </message>
    <message>
        <source>Every adapter on the topics of every client: held-out records by topic, mixed as the records that the row&apos;s client trains on. A client&apos;s own adapter is outlined. The round cursor chooses the round. Arrow keys move, Ctrl+T shows the table.</source>
        <translation>每个适配器在每个客户端的主题上：按主题的留出记录，按该行客户端训练记录的比例混合。客户端自己的适配器有边框。轮次光标选择轮次。方向键移动，Ctrl+T 显示表格。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TilePanel</name>
    <message>
        <source>Exact match</source>
        <translation>精确匹配</translation>
    </message>
    <message>
        <source>adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>topic</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>精确匹配</translation>
    </message>
    <message>
        <source>low 95 %</source>
        <translation>95 % 下限</translation>
    </message>
    <message>
        <source>high 95 %</source>
        <translation>95 % 上限</translation>
    </message>
    <message>
        <source>n</source>
        <translation>n</translation>
    </message>
    <message>
        <source>previous run</source>
        <translation>上一次运行</translation>
    </message>
    <message numerus="yes">
        <source>held out, 95 % intervals; %n more row(s) in the table</source>
        <translation>
            <numerusform>留出记录，95 % 区间；表格中还有 %n 行</numerusform>
        </translation>
    </message>
    <message>
        <source>held out, 95 % intervals; right edge: previous run</source>
        <translation>留出记录，95 % 区间；右边缘：上一次运行</translation>
    </message>
    <message>
        <source>on held-out records, with 95 % intervals</source>
        <translation>基于留出记录，带 95 % 区间</translation>
    </message>
    <message>
        <source>What the tiles show</source>
        <translation>方格显示什么</translation>
    </message>
    <message>
        <source>Exact match of every adapter on every topic, or every adapter on the topics of every client.</source>
        <translation>每个适配器在每个主题上的精确匹配，或每个适配器在每个客户端的主题上的结果。</translation>
    </message>
    <message>
        <source>by topic</source>
        <translation>按主题</translation>
    </message>
    <message>
        <source>by client, loss</source>
        <translation>按客户端，损失</translation>
    </message>
    <message>
        <source>by client, exact</source>
        <translation>按客户端，精确</translation>
    </message>
    <message>
        <source>Held-out loss</source>
        <translation>留出损失</translation>
    </message>
    <message>
        <source>topics of</source>
        <translation>谁的主题</translation>
    </message>
    <message>
        <source>own</source>
        <translation>自己的</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>held-out loss</source>
        <translation>留出损失</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>held out, topics mixed as the client&apos;s own records</source>
        <translation>留出数据，主题比例与客户端自己的记录相同</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TimePlot</name>
    <message>
        <source>Time per round</source>
        <translation>每轮时间</translation>
    </message>
    <message>
        <source>compute</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>transfer</source>
        <translation>传输</translation>
    </message>
    <message>
        <source>wait</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>wall time</source>
        <translation>实际时间</translation>
    </message>
    <message>
        <source>previous run</source>
        <translation>上一次运行</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>No round saved yet</source>
        <translation>还没有保存任何一轮</translation>
    </message>
    <message>
        <source>wall time, previous run</source>
        <translation>实际时间，上一次运行</translation>
    </message>
    <message>
        <source>means over the clients of a round</source>
        <translation>一轮中各客户端的平均值</translation>
    </message>
    <message>
        <source>evaluation</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Time of all rounds, as means over the clients: compute %1, transfer %2, wait %3, evaluation %4. Wall time %5.</source>
        <translation>所有轮次的时间（各客户端平均）：计算 %1，传输 %2，等待 %3，评估 %4。实际时间 %5。</translation>
    </message>
    <message>
        <source>round %1: compute %2 s, transfer %3 s, wait %4 s, evaluation %5 s</source>
        <translation>第 %1 轮：计算 %2 秒，传输 %3 秒，等待 %4 秒，评估 %5 秒</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::TryItBox</name>
    <message>
        <source>Type a prompt, or click one below</source>
        <translation>输入提示，或点击下面的一条</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Round of the adapters</source>
        <translation>适配器的轮次</translation>
    </message>
    <message>
        <source>Which round&apos;s adapters answer. Drag to see the same prompt answered round by round.</source>
        <translation>由哪一轮的适配器回答。拖动即可逐轮看同一个提示的回答。</translation>
    </message>
    <message>
        <source>Round %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>Words in the slot of the prompt</source>
        <translation>提示空位中的词</translation>
    </message>
    <message>
        <source>What stands in the open place of the chosen prompt; taken from records that nobody trained on.</source>
        <translation>填入所选提示空位的内容；取自没有人训练过的记录。</translation>
    </message>
    <message>
        <source>Client of the middle column</source>
        <translation>中间一列的客户端</translation>
    </message>
    <message>
        <source>Whose own adapter answers in the middle column.</source>
        <translation>中间一列由谁自己的适配器回答。</translation>
    </message>
    <message>
        <source>✖ %1</source>
        <translation>✖ %1</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>%1 alone, round %2</source>
        <translation>%1 单独，第 %2 轮</translation>
    </message>
    <message>
        <source>Global, round %1</source>
        <translation>全局，第 %1 轮</translation>
    </message>
    <message>
        <source>Global</source>
        <translation>全局</translation>
    </message>
    <message>
        <source>Clients&apos; own adapters come with the first round.</source>
        <translation>客户端自己的适配器从第一轮开始才有。</translation>
    </message>
    <message>
        <source>The global adapter comes with the first round.</source>
        <translation>全局适配器从第一轮开始才有。</translation>
    </message>
    <message>
        <source>base, no adapter</source>
        <translation>基础模型，无适配器</translation>
    </message>
    <message>
        <source>adapter r%1</source>
        <translation>适配器 第%1轮</translation>
    </message>
    <message>
        <source>The exact text that the three columns continue. Enter asks, Esc stops the answers.</source>
        <translation>三列所续写的原文。按 Enter 提问，按 Esc 停止回答。</translation>
    </message>
    <message>
        <source>Ask (Ctrl+Enter)</source>
        <translation>提问（Ctrl+Enter）</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop the answers (Esc)</source>
        <translation>停止回答（Esc）</translation>
    </message>
    <message>
        <source>Type a prompt and press Enter: the base model and the adapters of this run answer side by side.</source>
        <translation>输入提示并按 Enter：基础模型和本次运行的适配器会并排回答。</translation>
    </message>
</context>
<context>
    <name>fedllm::ui::UpdatePlot</name>
    <message>
        <source>Updates</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>update norm</source>
        <translation>更新的范数</translation>
    </message>
    <message>
        <source>cosine to the mean</source>
        <translation>与均值的余弦</translation>
    </message>
    <message>
        <source>drift from the mean</source>
        <translation>与均值的偏离</translation>
    </message>
    <message>
        <source>What is drawn of every update</source>
        <translation>画出每个更新的什么</translation>
    </message>
    <message>
        <source>The norm of a client&apos;s change of the model, the cosine between it and the mean change of the round (1: the same direction, 0: nothing in common), or its distance from the mean change.</source>
        <translation>客户端对模型所作变化的范数、它与该轮平均变化的余弦（1：方向相同，0：毫无共同之处），或它与平均变化的距离。</translation>
    </message>
    <message>
        <source>distance from the mean</source>
        <translation>与均值的距离</translation>
    </message>
    <message>
        <source>norm of what was sent</source>
        <translation>所发送内容的范数</translation>
    </message>
    <message>
        <source>norm of the change</source>
        <translation>变化的范数</translation>
    </message>
    <message>
        <source>How the updates lie to each other was not measured in this run.</source>
        <translation>这次运行没有测量各更新之间的关系。</translation>
    </message>
    <message>
        <source>No round saved yet</source>
        <translation>还没有保存任何一轮</translation>
    </message>
    <message>
        <source>round</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>%1, previous run</source>
        <translation>%1，上一次运行</translation>
    </message>
    <message>
        <source>of what the coordinator received</source>
        <translation>协调器收到的部分</translation>
    </message>
    <message>
        <source>%1 in the newest round: lowest %2 at %3, highest %4 at %5.</source>
        <translation>最新一轮的%1：最低 %2，%3；最高 %4，%5。</translation>
    </message>
    <message>
        <source>round %1: %2 to %3</source>
        <translation>第 %1 轮：%2 到 %3</translation>
    </message>
    <message>
        <source>, %1 %2</source>
        <translation>，%1 %2</translation>
    </message>
</context>
</TS>
