-- a byte order mark
select 1;
select '﻿;';
select 2;﻿select 3;
