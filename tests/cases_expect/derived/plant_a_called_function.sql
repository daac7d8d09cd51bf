SELECT sets_other(6);
